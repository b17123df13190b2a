import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { listTakedowns, putWorkBack, type Takedown } from '../api/gen'
import { fail, say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { LoadMore } from '../ui/load-more'
import { Empty, Problem, Skeleton } from '../ui/states'
import { PAGES } from './report-row'
import styles from './reports.module.css'

/** What only its owner and admins see now, and the way back. */
export function Takedowns() {
  const t = useTranslations('operator.reports')
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['takedowns'],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam && { cursor: pageParam }) }
      return (await listTakedowns({ query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" />
  const takedowns = data.pages.flatMap((page) => page.items)
  if (takedowns.length === 0) return <Empty title={t('empty.takedowns')} />
  return (
    <>
      <ul className={styles.reports} aria-label={t('statuses.takedowns')}>
        {takedowns.map((takedown) => (
          <Row key={takedown.id} takedown={takedown} />
        ))}
      </ul>
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
    </>
  )
}

function Row({ takedown }: { takedown: Takedown }) {
  const t = useTranslations('operator.reports')
  const formats = useFormats()
  const client = useQueryClient()
  const { id, type, title, reason } = takedown
  const putBack = async () => {
    try {
      await putWorkBack({ path: { work_id: id }, throwOnError: true })
      say(t('isBack', { title }))
    } catch (error) {
      fail(error)
    } finally {
      await client.invalidateQueries()
    }
  }
  return (
    <li>
      <div>
        <p className={styles.work}>
          <Link to={PAGES[type]} params={{ id }} className="underlined">
            {title}
          </Link>
          <small>{t(`kind.${type}`)}</small>
        </p>
        <p className={styles.reason}>{reason}</p>
        <p className={styles.quiet}>{formats.moment(takedown.taken_down_at)}</p>
      </div>
      <Button writes aria-label={t('putBackOf', { title })} onPress={putBack}>
        {t('putBack')}
      </Button>
    </li>
  )
}
