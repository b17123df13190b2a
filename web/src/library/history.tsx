import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { EyeOff } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Listen, Track } from '../api/gen'
import { getListeningHistory, hideListen } from '../api/gen'
import { fail, say } from '../app/toasts'
import { duration, useFormats } from '../i18n/formats'
import { Field } from '../ui/form'
import { LoadMore } from '../ui/load-more'
import { Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { TrackList } from '../ui/track-list'
import { useSettled } from '../ui/use-settled'
import { byDay } from './by-day'
import styles from './library.module.css'

/** What was heard, by day. What did not count as a play is pale. */
export function History({ userId }: { userId: string }) {
  const t = useTranslations('library')
  const [words, setWords] = useState('')
  const q = useSettled(words.trim(), 200)
  return (
    <>
      <div className={styles.find}>
        <Field
          type="search"
          label={t('findInHistory')}
          value={words}
          onChange={setWords}
          maxLength={200}
          autoComplete="off"
        />
      </div>
      <Listens userId={userId} q={q} />
    </>
  )
}

function Listens({ userId, q }: { userId: string; q: string }) {
  const t = useTranslations('library')
  const formats = useFormats()
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['history', userId, q],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: 50, ...(q && { q }), ...(pageParam && { cursor: pageParam }) }
      return (await getListeningHistory({ path: { user_id: userId }, query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchOnMount: 'always',
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" count={10} />
  const listens = data.pages.flatMap((page) => page.items as Listen[])
  if (listens.length === 0) {
    return q ? (
      <Empty title={t('historyNothing', { q })} />
    ) : (
      <Empty title={t('historyEmpty')}>{t('historyEmptyHint')}</Empty>
    )
  }
  return (
    <>
      {byDay(listens).map(({ day, listens: ofDay }) => (
        <Day key={day} title={formats.weekdayOf(day)} listens={ofDay} />
      ))}
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
    </>
  )
}

function Day({ title, listens }: { title: string; listens: Listen[] }) {
  const t = useTranslations('library')
  const there = listens.filter((listen): listen is Listen & { track: Track } => 'title' in listen.track)
  const gone = listens.length - there.length
  const hide = useHide()
  const entries = (at: number) => {
    const listen = there[at]
    if (!listen) return []
    return [{ id: 'forget', writes: true, icon: <EyeOff />, label: t('hide'), run: () => void hide(listen) }]
  }
  return (
    <Section title={title}>
      <TrackList
        tracks={there.map((listen) => listen.track)}
        source={{ type: 'history', title: t('tabs.history') }}
        label={title}
        showAlbum
        extra={(_, at) => {
          const listen = there[at]
          return listen ? <Heard listen={listen} /> : null
        }}
        entries={entries}
      />
      {gone > 0 && <p className={styles.gone}>{t('gone', { count: gone })}</p>}
    </Section>
  )
}

/** When it was heard, and for how long. */
function Heard({ listen }: { listen: Listen }) {
  const t = useTranslations('library')
  const formats = useFormats()
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
}

/** Takes a listen out of the history and the statistics. */
function useHide() {
  const t = useTranslations('library')
  const client = useQueryClient()
  return async (listen: Listen & { track: Track }) => {
    const { title } = listen.track
    if (!confirm(t('reallyHide', { title }))) return
    try {
      await hideListen({ path: { user_id: listen.user_id, event_id: listen.event_id }, throwOnError: true })
      say(t('hidden', { title }))
      await client.invalidateQueries({ queryKey: ['history'] })
    } catch (error) {
      fail(error)
    }
  }
}
