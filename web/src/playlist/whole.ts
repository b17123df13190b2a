import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import { getPlaylist, listPlaylistItems, type OpenPlaylist, type PlaylistItem, type Track } from '../api/gen'

/** A playlist, page by page: the first comes with its head. */
export interface Part {
  head?: OpenPlaylist
  items: PlaylistItem[]
  next: string | undefined
}
export type Parts = InfiniteData<Part, string>

const PAGE = 200

export const playlistKey = (id: string) => ['playlists', 'one', id]

export async function loadPart(id: string, cursor: string, signal?: AbortSignal, limit = PAGE): Promise<Part> {
  const path = { playlist_id: id }
  const stop = signal ? { signal } : {}
  if (cursor === '') {
    const { data } = await getPlaylist({ path, ...stop, throwOnError: true })
    return { head: data, items: data.items, next: data.items_next_cursor ?? undefined }
  }
  const { data } = await listPlaylistItems({ path, query: { limit, cursor }, ...stop, throwOnError: true })
  return { items: data.items, next: data.next_cursor ?? undefined }
}

export function usePlaylist(id: string) {
  return useInfiniteQuery<Part, Error, Parts, string[], string>({
    queryKey: playlistKey(id),
    queryFn: ({ pageParam, signal }) => loadPart(id, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (part: Part) => part.next,
  })
}

export const itemsOf = (parts: Parts): PlaylistItem[] => parts.pages.flatMap((part) => part.items)

/** The same pages with other items in them, for what is shown before the service answers. */
export function withItems(parts: Parts, items: PlaylistItem[]): Parts {
  const pages = parts.pages.map((part, at) => ({ ...part, items: at === 0 ? items : [] }))
  return { ...parts, pages }
}

export function tracksOf(items: readonly PlaylistItem[]): Track[] {
  return items.map((item) => item.track).filter((track): track is Track => track != null)
}

/** All of it, to be played: what is shown already, and the rest from the service. */
export async function allTracks(id: string, parts: Parts): Promise<Track[]> {
  const items = itemsOf(parts)
  let next = parts.pages.at(-1)?.next
  while (next) {
    const part = await loadPart(id, next, undefined, 500)
    items.push(...part.items)
    next = part.next
  }
  return tracksOf(items)
}
