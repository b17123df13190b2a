import { useRouter } from '@tanstack/react-router'
import { ListPlus, ListX, X } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslations } from 'use-intl'
import { askToSignIn } from '../api/sign-in-request'
import { fail, say } from '../app/toasts'
import { Button, IconButton } from '../ui/button'
import { makePlaylist } from '../ui/playlists'
import { Empty } from '../ui/states'
import { player, usePlayer } from './player'
import { coming, current, type Entry } from './queue'
import { setQueueOpen } from './queue-open'
import styles from './queue-panel.module.css'
import { Coming, Names } from './queue-rows'

/** Rows that are shown; the rest is counted. */
const SHOWN = 200

/** What comes, in playing order. Rows move by mouse, touch and keyboard. Beside or over a page it has a button that closes it. */
export default function QueuePanel({ closes }: { closes?: boolean }) {
  const t = useTranslations('queue')
  const queue = usePlayer((state) => state.queue)
  const now = current(queue)
  const shown = useMemo(() => coming(queue, SHOWN), [queue])
  const following = queue.entries.length - queue.index - 1
  const rest = Math.max(0, following - SHOWN)
  const undo = (text: string, change: () => void) => {
    const before = player.state.queue
    change()
    say(text, {
      label: t('undo'),
      run: () => player.send({ type: 'replace', queue: { ...before, index: indexOf(before) } }),
    })
  }
  return (
    <div className={styles.panel}>
      <div className={styles.top}>
        <h2>{t('title')}</h2>
        <SaveAsPlaylist />
        <Button
          kind="quiet"
          icon={<ListX aria-hidden="true" />}
          isDisabled={following === 0}
          onPress={() => undo(t('cleared'), () => player.send({ type: 'clear' }))}
        >
          {t('clear')}
        </Button>
        {closes && (
          <IconButton size="small" label={t('close')} onPress={() => setQueueOpen(false)}>
            <X aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {!now && <Empty title={t('empty')}>{t('emptyHint')}</Empty>}
      {now && (
        <>
          <h3>{t('now')}</h3>
          <div className={`${styles.inner} ${styles.current}`}>
            <Names entry={now} />
          </div>
          <Coming {...shown} source={queue.source?.title} undo={undo} />
          {following === 0 && <p className={styles.note}>{t('nothingFollows')}</p>}
          {rest > 0 && <p className={styles.note}>{t('more', { count: rest })}</p>}
        </>
      )}
    </div>
  )
}

/** The whole queue, in playing order. */
function SaveAsPlaylist() {
  const t = useTranslations('queue')
  const router = useRouter()
  const empty = usePlayer((state) => state.queue.entries.length === 0)
  const keep = async () => {
    const { entries, source } = player.state.queue
    const title = source?.title ?? t('title')
    try {
      const made = await makePlaylist(
        title,
        entries.map((entry) => entry.song.id),
      )
      say(t('saved', { title }), {
        label: t('openSaved'),
        run: () => void router.navigate({ to: '/playlists/$id', params: { id: made.id } }),
      })
    } catch (error) {
      fail(error)
    }
  }
  return (
    <IconButton
      writes
      size="small"
      label={t('save')}
      isDisabled={empty}
      onPress={() => askToSignIn('library', () => void keep())}
    >
      <ListPlus aria-hidden="true" />
    </IconButton>
  )
}

/** Where what plays stands in an older queue. */
function indexOf(queue: { entries: Entry[]; index: number }): number {
  const playing = current(player.state.queue)
  const at = queue.entries.findIndex((entry) => entry.key === playing?.key)
  return at < 0 ? queue.index : at
}
