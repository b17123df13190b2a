import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { addPlaylistTracks, movePlaylistItems, type PlaylistItem, removePlaylistItems } from '../api/gen'
import { fail, say } from '../app/toasts'
import { playlistsChanged } from '../ui/playlists'
import { moved, placeOf } from './order'
import { itemsOf, type Parts, playlistKey, withItems } from './whole'

export const nameOf = (item: PlaylistItem, gone: string) => item.track?.title ?? item.title ?? gone

export type ItemChanges = ReturnType<typeof useItemChanges>

/** What is shown changes at once and goes back if the service refuses; each change can be undone. */
export function useItemChanges(id: string) {
  const t = useTranslations('playlist')
  const client = useQueryClient()
  const path = { playlist_id: id }
  const queryKey = playlistKey(id)
  const shown = () => itemsOf(client.getQueryData<Parts>(queryKey) ?? { pages: [], pageParams: [] })
  const optimistic = async (items: PlaylistItem[], send: () => Promise<unknown>) => {
    await client.cancelQueries({ queryKey })
    client.setQueryData<Parts>(queryKey, (before) => before && withItems(before, items))
    try {
      await send()
      return true
    } catch (error) {
      fail(error)
      return false
    } finally {
      await playlistsChanged()
    }
  }
  const putBack = async (item: PlaylistItem) => {
    if (!item.track) return
    const body = { track_ids: [item.track.id], position: item.position }
    await optimistic(shown(), () => addPlaylistTracks({ path, body, throwOnError: true }))
  }
  const moveTo = async (result: { items: PlaylistItem[]; position: number }, keys: ReadonlySet<string>) => {
    const item_ids = result.items.filter((item) => keys.has(item.item_id)).map((item) => item.item_id)
    const body = { item_ids, position: result.position }
    return optimistic(result.items, () => movePlaylistItems({ path, body, throwOnError: true }))
  }
  const moveBack = async (keys: ReadonlySet<string>, before: readonly PlaylistItem[]) => {
    for (const place of placeOf(before, keys)) {
      const result = moved(shown(), new Set([place.key]), place.after, 'after', place.first)
      if (result && !(await moveTo(result, new Set([place.key])))) return
    }
  }
  return {
    move: async (keys: ReadonlySet<string>, target: string, place: 'before' | 'after') => {
      const before = shown()
      const result = moved(before, keys, target, place)
      if (!result || !(await moveTo(result, keys))) return
      say(t('moved', { count: keys.size }), { label: t('undo'), run: () => void moveBack(keys, before) })
    },
    remove: async (item: PlaylistItem) => {
      const rest = shown().filter((one) => one.item_id !== item.item_id)
      const body = { item_ids: [item.item_id] }
      const gone = await optimistic(rest, () => removePlaylistItems({ path, body, throwOnError: true }))
      if (!gone) return
      const title = nameOf(item, t('goneTrack'))
      say(t('removed', { title }), item.track ? { label: t('undo'), run: () => void putBack(item) } : undefined)
    },
  }
}
