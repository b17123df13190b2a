import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { EyeOff } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Listen, Track } from '../api/gen'
import { getListeningHistory, hideListen } from '../api/gen'
import { fail, say } from '../app/toasts'
import { duration, useFormats } from '../i18n/formats'
import { IconButton } from '../ui/button'
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
      />
      {gone > 0 && <p className={styles.gone}>{t('gone', { count: gone })}</p>}
    </Section>
  )
}

/** When and how long, and a way to take it out of the history and the statistics. */
function Heard({ listen }: { listen: Listen & { track: Track } }) {
  const t = useTranslations('library')
  const formats = useFormats()
  const client = useQueryClient()
  const heard = t('heard', { time: duration(listen.ms_played) })
  const hide = async () => {
    if (!confirm(t('reallyHide', { title: listen.track.title }))) return
    try {
      await hideListen({ path: { user_id: listen.user_id, event_id: listen.event_id }, throwOnError: true })
      say(t('hidden', { title: listen.track.title }))
      await client.invalidateQueries({ queryKey: ['history'] })
    } catch (error) {
      fail(error)
    }
  }
  return (
    <>
      <span
        className={`${styles.when} ${listen.counted ? '' : styles.pale}`}
        title={listen.counted ? heard : `${heard} · ${t('notCounted')}`}
      >
        {formats.clock(listen.listened_at)}
        {!listen.counted && <span className="hidden">{t('notCounted')}</span>}
      </span>
      <IconButton size="small" label={t('hide', { title: listen.track.title })} onPress={hide}>
        <EyeOff aria-hidden="true" />
      </IconButton>
    </>
  )
}
