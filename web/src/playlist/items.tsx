import { GripVertical, X } from 'lucide-react'
import { useState } from 'react'
import { Button as AriaButton, GridList, GridListItem, useDragAndDrop } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import type { PlaylistItem, Track } from '../api/gen'
import { useOnline } from '../app/online'
import { duration } from '../i18n/formats'
import { IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { MoveDialog } from '../ui/move-dialog'
import { moves, toPosition } from '../ui/moves'
import { TrackMenu } from '../ui/track-menu'
import { useMoveEntries } from '../ui/use-move-entries'
import { type ItemChanges, nameOf } from './changes'
import styles from './playlist.module.css'

interface Props {
  items: PlaylistItem[]
  /** How many there are; the last of them may not be loaded. */
  total: number
  change: ItemChanges
  play: (track: Track) => void
}

/** One's own playlist: rows move by mouse, touch and keyboard. */
export function Items({ items, total, change, play }: Props) {
  const t = useTranslations('playlist')
  const online = useOnline()
  const [placed, setPlaced] = useState<PlaylistItem>()
  const moveEntries = useMoveEntries(true)
  const keys = items.map((one) => one.item_id)
  const move = (item: PlaylistItem, to: { target: string; place: 'before' | 'after' } | undefined) =>
    to && void change.move(new Set([item.item_id]), to.target, to.place)
  const entriesOf = (item: PlaylistItem) => {
    const ways = moves(keys, items.indexOf(item), items.length >= total)
    const places = moveEntries(
      ways,
      (way) => move(item, way),
      () => setPlaced(item),
    )
    return [
      ...places,
      { id: 'remove', writes: true, icon: <X />, label: t('takeOut'), run: () => void change.remove(item) },
    ]
  }
  const { dragAndDropHooks } = useDragAndDrop({
    isDisabled: !online,
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => {
      const place = target.dropPosition === 'before' ? 'before' : 'after'
      void change.move(new Set([...keys].map(String)), String(target.key), place)
    },
  })
  // What is shown may have been fetched anew since.
  const at = placed ? keys.indexOf(placed.item_id) : -1
  return (
    <>
      <GridList
        aria-label={t('items')}
        items={items}
        dragAndDropHooks={dragAndDropHooks}
        selectionMode="multiple"
        selectionBehavior="replace"
        className={styles.list ?? ''}
        onAction={(key) => {
          const track = items.find((item) => item.item_id === key)?.track
          if (track) play(track)
        }}
      >
        {(item) => (
          <GridListItem id={item.item_id} textValue={nameOf(item, t('goneTrack'))} className={styles.row ?? ''}>
            <AriaButton
              slot="drag"
              className={styles.grip ?? ''}
              aria-label={t('move', { title: nameOf(item, t('goneTrack')) })}
            >
              <GripVertical aria-hidden="true" />
            </AriaButton>
            <Row item={item} />
            {item.track && <TrackMenu track={item.track} entries={() => entriesOf(item)} />}
            <IconButton
              writes
              size="small"
              label={t('remove', { title: nameOf(item, t('goneTrack')) })}
              onPress={() => change.remove(item)}
              className={(item.track && styles.remove) || ''}
            >
              <X aria-hidden="true" />
            </IconButton>
          </GridListItem>
        )}
      </GridList>
      {placed && at >= 0 && (
        <MoveDialog
          title={nameOf(placed, t('goneTrack'))}
          position={at + 1}
          count={items.length}
          move={(position) => move(placed, toPosition(keys, at, position))}
          close={() => setPlaced(undefined)}
        />
      )}
    </>
  )
}

function Row({ item }: { item: PlaylistItem }) {
  const t = useTranslations('playlist')
  const { track } = item
  return (
    <>
      <span className={styles.cover}>
        <Cover id={track?.album?.id ?? track?.id ?? item.item_id} url={track?.cover_url} size={64} />
      </span>
      <span className={styles.names}>
        <span className="cut">{nameOf(item, t('goneTrack'))}</span>
        <span className={`cut ${styles.artist}`}>{track ? track.artist_line : t('goneTrack')}</span>
      </span>
      <span className={styles.length}>{duration(track?.duration_ms)}</span>
    </>
  )
}
