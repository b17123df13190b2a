import { useRouter } from '@tanstack/react-router'
import { GripVertical, ListPlus, ListX, X } from 'lucide-react'
import { useMemo } from 'react'
import { Button as AriaButton, GridList, GridListItem, useDragAndDrop } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { askToSignIn } from '../api/sign-in-request'
import { fail, say } from '../app/toasts'
import { duration } from '../i18n/formats'
import { Button, IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { makePlaylist } from '../ui/playlists'
import { Empty } from '../ui/states'
import { player, usePlayer } from './player'
import { current, type Entry } from './queue'
import { setQueueOpen } from './queue-open'
import styles from './queue-panel.module.css'

/** What comes, in playing order. Rows move by mouse, touch and keyboard. */
export default function QueuePanel({ docked }: { docked?: boolean }) {
  const t = useTranslations('queue')
  const queue = usePlayer((state) => state.queue)
  const now = current(queue)
  const coming = useMemo(() => queue.entries.slice(queue.index + 1, queue.index + 201), [queue])
  const rest = queue.entries.length - queue.index - 1 - coming.length
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
          isDisabled={coming.length === 0}
          onPress={() => undo(t('cleared'), () => player.send({ type: 'clear' }))}
        >
          {t('clear')}
        </Button>
        {docked && (
          <IconButton size="small" label={t('close')} onPress={() => setQueueOpen(false)}>
            <X aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {!now && <Empty title={t('empty')}>{t('emptyHint')}</Empty>}
      {now && (
        <>
          <h3>{t('now')}</h3>
          <div className={`${styles.row} ${styles.current}`}>
            <Names entry={now} />
          </div>
          <h3>{queue.source?.title ? t('thenFrom', { title: queue.source.title }) : t('then')}</h3>
          <Coming entries={coming} undo={undo} />
          {coming.length === 0 && <p className={styles.note}>{t('nothingFollows')}</p>}
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

function Coming({ entries, undo }: { entries: Entry[]; undo: (text: string, change: () => void) => void }) {
  const t = useTranslations('queue')
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) =>
      player.send({
        type: 'move',
        keys: new Set([...keys].map(Number)),
        target: Number(target.key),
        place: target.dropPosition === 'before' ? 'before' : 'after',
      }),
  })
  return (
    <GridList
      aria-label={t('coming')}
      items={entries}
      dragAndDropHooks={dragAndDropHooks}
      className={styles.list ?? ''}
      onAction={(key) => player.send({ type: 'jump', key: Number(key) })}
    >
      {(entry) => (
        <GridListItem id={entry.key} textValue={entry.song.title} className={styles.row ?? ''}>
          <AriaButton slot="drag" className={styles.grip ?? ''} aria-label={t('move', { title: entry.song.title })}>
            <GripVertical aria-hidden="true" />
          </AriaButton>
          <Names entry={entry} />
          <IconButton
            size="small"
            label={t('remove', { title: entry.song.title })}
            onPress={() =>
              undo(t('removed', { title: entry.song.title }), () =>
                player.send({ type: 'remove', keys: new Set([entry.key]) }),
              )
            }
          >
            <X aria-hidden="true" />
          </IconButton>
        </GridListItem>
      )}
    </GridList>
  )
}

function Names({ entry }: { entry: Entry }) {
  const { song } = entry
  return (
    <>
      <span className={styles.cover}>
        <Cover id={song.albumId ?? song.id} url={song.coverUrl} size={64} />
      </span>
      <span className={styles.names}>
        <span className="cut">{song.title}</span>
        <span className={`cut ${styles.artist}`}>{song.artistLine}</span>
      </span>
      <span className={styles.length}>{duration(song.durationMs)}</span>
    </>
  )
}
