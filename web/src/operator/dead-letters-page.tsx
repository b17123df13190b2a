import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { listDeadLetters } from '../api/gen'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { LoadMore } from '../ui/load-more'
import { Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { choiceOf, isFiltered, type LetterFilter, PROJECTORS, REASONS, TOPICS } from './dead-letters'
import styles from './dead-letters.module.css'
import { LETTERS, usePurge, useReplay } from './letter-actions'
import { LetterRow } from './letter-row'
import { OperatorTabs } from './tabs'

const route = getRouteApi('/operator/dead-letters')

/** Events that a read model refused: what they are, why, and the way back. */
export default function DeadLettersPage() {
  const filter = route.useSearch()
  return (
    <OperatorTabs tab="deadLetters">
      <Filters filter={filter} />
      <Letters key={JSON.stringify(filter)} filter={filter} />
    </OperatorTabs>
  )
}

function Filters({ filter }: { filter: LetterFilter }) {
  const t = useTranslations('operator')
  const navigate = route.useNavigate()
  const set = (name: keyof LetterFilter, value: string) =>
    navigate({ search: (before) => ({ ...before, [name]: value || undefined }), replace: true })
  const select = (name: keyof LetterFilter, any: string, options: readonly { value: string; label: string }[]) => (
    <select
      aria-label={t(`letters.${name}`)}
      value={filter[name] ?? ''}
      onChange={(event) => set(name, event.target.value)}
    >
      <option value="">{any}</option>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  )
  return (
    <div className={styles.filters}>
      {select(
        'projector',
        t('letters.anyProjector'),
        PROJECTORS.map((value) => ({ value, label: t(`projection.${value}`) })),
      )}
      {select(
        'reason',
        t('letters.anyReason'),
        REASONS.map((value) => ({ value, label: t(`letters.reasons.${value}`) })),
      )}
      {select(
        'topic',
        t('letters.anyTopic'),
        TOPICS.map((value) => ({ value, label: value })),
      )}
    </div>
  )
}

function Letters({ filter }: { filter: LetterFilter }) {
  const t = useTranslations('operator.letters')
  const [done, setDone] = useState('')
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [LETTERS, filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...filter, limit: 50, ...(pageParam && { cursor: pageParam }) }
      return (await listDeadLetters({ query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 10_000,
    staleTime: 0,
  })
  const letters = data?.pages.flatMap((page) => page.items) ?? []
  const total = data?.pages[0]?.total ?? 0
  return (
    <Section title={t('title')} note={t('note')}>
      <p role="status" className={styles.done}>
        {done}
      </p>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="rows" />
      ) : letters.length === 0 ? (
        <None filter={filter} />
      ) : (
        <>
          <Together filter={filter} total={total} done={setDone} />
          <ul className={styles.letters} aria-label={t('title')}>
            {letters.map((letter) => (
              <LetterRow key={letter.id} letter={letter} done={setDone} />
            ))}
          </ul>
          <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
        </>
      )}
    </Section>
  )
}

function None({ filter }: { filter: LetterFilter }) {
  const t = useTranslations('operator.letters')
  if (!isFiltered(filter)) return <Empty title={t('empty')}>{t('emptyHint')}</Empty>
  return (
    <Empty
      title={t('emptyFilter')}
      action={
        <Link to="/operator/dead-letters" search={{}} className="link">
          {t('showAll')}
        </Link>
      }
    />
  )
}

/** What is done to all that the filter shows. */
function Together(props: { filter: LetterFilter; total: number; done: (words: string) => void }) {
  const { filter, total, done } = props
  const t = useTranslations('operator.letters')
  const formats = useFormats()
  const replay = useReplay(done)
  const { busy, purge } = usePurge(done)
  const which = isFiltered(filter) ? 'these' : 'all'
  return (
    <div className={styles.together}>
      <strong>{t('count', { count: total, shown: formats.number(total) })}</strong>
      <Button writes isPending={replay.busy} isDisabled={busy} onPress={() => replay.many(choiceOf(filter))}>
        {t(`replay.${which}`)}
      </Button>
      <Button
        writes
        kind="danger"
        isPending={busy}
        isDisabled={replay.busy}
        onPress={() => confirm(t('reallyPurge', { count: total })) && purge(choiceOf(filter))}
      >
        {t(`purge.${which}`)}
      </Button>
    </div>
  )
}
