import { useQueryClient } from '@tanstack/react-query'
import { GripVertical, X } from 'lucide-react'
import { Button as AriaButton, GridList, GridListItem, useDragAndDrop } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import {
  addPlaylistTracks,
  movePlaylistItems,
  type OpenPlaylist,
  type PlaylistItem,
  removePlaylistItems,
  type Track,
} from '../api/gen'
import { getPlaylistQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { fail, say } from '../app/toasts'
import { duration } from '../i18n/formats'
import { playTracks } from '../player/actions'
import { IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { playlistsChanged } from '../ui/playlists'
import { moved } from './order'
import styles from './playlist.module.css'

/** One's own playlist: rows move by mouse, touch and keyboard; what is shown changes at once and goes back if the service refuses. */
export function Items({ playlist }: { playlist: OpenPlaylist }) {
  const t = useTranslations('playlist')
  const change = useItemChanges(playlist)
  const tracks = playlist.items.map((item) => item.track).filter((track): track is Track => track != null)
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => {
      const place = target.dropPosition === 'before' ? 'before' : 'after'
      void change.move(new Set([...keys].map(String)), String(target.key), place)
    },
  })
  const play = (key: string) => {
    const track = playlist.items.find((item) => item.item_id === key)?.track
    const at = tracks.findIndex((one) => one.id === track?.id)
    if (track && at >= 0) playTracks(tracks, at, { type: 'playlist', id: playlist.id, title: playlist.title })
  }
  return (
    <GridList
      aria-label={t('items')}
      items={playlist.items}
      dragAndDropHooks={dragAndDropHooks}
      selectionMode="multiple"
      selectionBehavior="replace"
      className={styles.list ?? ''}
      onAction={(key) => play(String(key))}
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
          <IconButton
            size="small"
            label={t('remove', { title: nameOf(item, t('goneTrack')) })}
            onPress={() => change.remove(item)}
          >
            <X aria-hidden="true" />
          </IconButton>
        </GridListItem>
      )}
    </GridList>
  )
}

const nameOf = (item: PlaylistItem, gone: string) => item.track?.title ?? item.title ?? gone

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

function useItemChanges(playlist: OpenPlaylist) {
  const t = useTranslations('playlist')
  const client = useQueryClient()
  const path = { playlist_id: playlist.id }
  const queryKey = getPlaylistQueryKey({ path })
  /** Shows it at once; what the service says in the end is what stays. */
  const optimistic = async (items: PlaylistItem[], send: () => Promise<unknown>) => {
    await client.cancelQueries({ queryKey })
    client.setQueryData<OpenPlaylist>(queryKey, { ...playlist, items })
    try {
      await send()
      return true
    } catch (error) {
      fail(error)
      return false
    } finally {
      await Promise.all([client.invalidateQueries({ queryKey }), playlistsChanged()])
    }
  }
  const putBack = async (item: PlaylistItem) => {
    if (!item.track) return
    const body = { track_ids: [item.track.id], position: item.position }
    await optimistic(playlist.items, () => addPlaylistTracks({ path, body, throwOnError: true }))
  }
  return {
    move: async (keys: ReadonlySet<string>, target: string, place: 'before' | 'after') => {
      const result = moved(playlist.items, keys, target, place)
      if (!result) return
      const body = {
        item_ids: result.items.filter((item) => keys.has(item.item_id)).map((item) => item.item_id),
        position: result.position,
      }
      await optimistic(result.items, () => movePlaylistItems({ path, body, throwOnError: true }))
    },
    remove: async (item: PlaylistItem) => {
      const rest = playlist.items.filter((one) => one.item_id !== item.item_id)
      const body = { item_ids: [item.item_id] }
      const gone = await optimistic(rest, () => removePlaylistItems({ path, body, throwOnError: true }))
      const title = nameOf(item, t('goneTrack'))
      if (gone)
        say(t('removed', { title }), item.track ? { label: t('undo'), run: () => void putBack(item) } : undefined)
    },
  }
}
