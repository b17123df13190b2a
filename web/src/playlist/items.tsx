import { GripVertical, X } from 'lucide-react'
import { Button as AriaButton, GridList, GridListItem, useDragAndDrop } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import type { PlaylistItem, Track } from '../api/gen'
import { duration } from '../i18n/formats'
import { IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { moves } from '../ui/moves'
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
  const moveEntries = useMoveEntries()
  const entriesOf = (item: PlaylistItem) => {
    const keys = items.map((one) => one.item_id)
    const ways = moves(keys, items.indexOf(item), items.length >= total)
    const places = moveEntries(ways, ({ target, place }) => {
      void change.move(new Set([item.item_id]), target, place)
    })
    return [...places, { id: 'remove', icon: <X />, label: t('takeOut'), run: () => void change.remove(item) }]
  }
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => {
      const place = target.dropPosition === 'before' ? 'before' : 'after'
      void change.move(new Set([...keys].map(String)), String(target.key), place)
    },
  })
  return (
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
