import { GripVertical, X } from 'lucide-react'
import { useState } from 'react'
import { Button as AriaButton, GridList, GridListItem, useDragAndDrop } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { duration } from '../i18n/formats'
import { IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { MenuPopup } from '../ui/menu-popup'
import { MoreMenu } from '../ui/more-menu'
import { MoveDialog } from '../ui/move-dialog'
import { moves, toPosition } from '../ui/moves'
import { useMoveEntries } from '../ui/use-move-entries'
import { player } from './player'
import type { Entry } from './queue'
import styles from './queue-panel.module.css'

type Undo = (text: string, change: () => void) => void

/** What the person added, and what the source goes on with. */
export function Coming(props: { mine: Entry[]; others: Entry[]; source: string | undefined; undo: Undo }) {
  const t = useTranslations('queue')
  const { mine, others, source, undo } = props
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
  const following = source ? t('thenFrom', { title: source }) : t('then')
  return (
    <>
      <h3>{mine.length > 0 ? t('nextUp') : following}</h3>
      {/* One list, so that rows are dragged from one part to the other. */}
      <GridList
        aria-label={t('coming')}
        items={[...mine, ...others]}
        dragAndDropHooks={dragAndDropHooks}
        dependencies={[mine.length, following]}
        className={styles.list ?? ''}
        onAction={(key) => player.send({ type: 'jump', key: Number(key) })}
      >
        {(entry) => (
          <GridListItem id={entry.key} textValue={entry.song.title} className={styles.row ?? ''}>
            {mine.length > 0 && entry === others[0] && <span className={styles.heading}>{following}</span>}
            <Row entry={entry} undo={undo} />
          </GridListItem>
        )}
      </GridList>
    </>
  )
}

function Row({ entry, undo }: { entry: Entry; undo: Undo }) {
  const t = useTranslations('queue')
  const { title } = entry.song
  const remove = () => player.send({ type: 'remove', keys: new Set([entry.key]) })
  const take = () => undo(t('removed', { title }), remove)
  return (
    <div className={styles.inner}>
      <AriaButton slot="drag" className={styles.grip ?? ''} aria-label={t('move', { title })}>
        <GripVertical aria-hidden="true" />
      </AriaButton>
      <Names entry={entry} />
      <span className={styles.ends}>
        <Places entry={entry} remove={take} />
        <IconButton size="small" label={t('remove', { title })} onPress={take} className={styles.remove ?? ''}>
          <X aria-hidden="true" />
        </IconButton>
      </span>
    </div>
  )
}

/** The ways to another place for those who do not drag, and out of the queue. */
function Places({ entry, remove }: { entry: Entry; remove: () => void }) {
  const t = useTranslations()
  const [asks, setAsks] = useState(false)
  const moveEntries = useMoveEntries(false)
  const { title } = entry.song
  const keys = () => {
    const { entries, index } = player.state.queue
    return entries.slice(index + 1).map((one) => one.key)
  }
  const move = (to: { target: number; place: 'before' | 'after' } | undefined) =>
    to && player.send({ type: 'move', keys: new Set([entry.key]), ...to })
  const at = keys().indexOf(entry.key)
  return (
    <>
      <MoreMenu title={title} size="small">
        {(opened) => (
          <MenuPopup
            label={t('row.more', { title })}
            opened={opened}
            entries={[
              ...moveEntries(
                moves(keys(), at),
                ({ target, place }) => move({ target, place }),
                () => setAsks(true),
              ),
              { id: 'remove', icon: <X />, label: t('queue.takeOut'), run: remove },
            ]}
          />
        )}
      </MoreMenu>
      {asks && (
        <MoveDialog
          title={title}
          position={at + 1}
          count={keys().length}
          move={(position) => move(toPosition(keys(), at, position))}
          close={() => setAsks(false)}
        />
      )}
    </>
  )
}

export function Names({ entry }: { entry: Entry }) {
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
