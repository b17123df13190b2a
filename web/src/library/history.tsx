import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { Listen, Track } from '../api/gen'
import { getListeningHistory } from '../api/gen'
import { duration, useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { TrackList } from '../ui/track-list'
import { byDay } from './by-day'
import styles from './library.module.css'

/** What was heard, by day. What did not count as a play is pale. */
export function History({ userId }: { userId: string }) {
  const t = useTranslations('library')
  const formats = useFormats()
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['history', userId],
    queryFn: async ({ pageParam, signal }) =>
      (
        await getListeningHistory({
          path: { user_id: userId },
          query: { limit: 50, ...(pageParam && { cursor: pageParam }) },
          signal,
          throwOnError: true,
        })
      ).data,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchOnMount: 'always',
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" count={10} />
  const listens = data.pages.flatMap((page) => page.items as Listen[])
  if (listens.length === 0) return <Empty title={t('historyEmpty')}>{t('historyEmptyHint')}</Empty>
  return (
    <>
      {byDay(listens).map(({ day, listens: ofDay }) => (
        <Day key={day} title={formats.weekdayOf(day)} listens={ofDay} />
      ))}
      {hasNextPage && (
        <Button isPending={isFetchingNextPage} onPress={() => fetchNextPage()} className={styles.more ?? ''}>
          {t('more')}
        </Button>
      )}
    </>
  )
}

function Day({ title, listens }: { title: string; listens: Listen[] }) {
  const t = useTranslations('library')
  const formats = useFormats()
  const there = listens.filter((listen): listen is Listen & { track: Track } => 'title' in listen.track)
  const gone = listens.length - there.length
  return (
    <Section title={title}>
      <TrackList
        tracks={there.map((listen) => listen.track)}
        source={{ type: 'history', title: t('tabs.history') }}
        label={title}
        showAlbum
        extra={(_, at) => {
          const listen = there[at]
          if (!listen) return null
          const heard = t('heard', { time: duration(listen.ms_played) })
          return (
            <span
              className={`${styles.when} ${listen.counted ? '' : styles.pale}`}
              title={listen.counted ? heard : `${heard} · ${t('notCounted')}`}
            >
              {formats.clock(listen.listened_at)}
              {!listen.counted && <span className="hidden">{t('notCounted')}</span>}
            </span>
          )
        }}
      />
      {gone > 0 && <p className={styles.gone}>{t('gone', { count: gone })}</p>}
    </Section>
  )
}
