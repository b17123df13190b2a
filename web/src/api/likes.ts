import type { FavouriteIds, ItemType } from './gen'

/** What has a heart; artists are followed instead. */
export type Liked = Exclude<ItemType, 'artist'>

const LISTS = { track: 'tracks', album: 'albums', playlist: 'playlists' } as const
const sets = new WeakMap<FavouriteIds, Partial<Record<Liked, Set<string>>>>()

/** Looked up by every row, so each list becomes a set once. */
export function isLiked(ids: FavouriteIds, type: Liked, id: string): boolean {
  const known = sets.get(ids) ?? {}
  sets.set(ids, known)
  known[type] ??= new Set(ids[LISTS[type]])
  return known[type].has(id)
}

/** The lists after a heart was pressed; the newest stands first. */
export function withLike(ids: FavouriteIds, type: Liked, id: string, liked: boolean): FavouriteIds {
  const others = ids[LISTS[type]].filter((one) => one !== id)
  return { ...ids, [LISTS[type]]: liked ? [id, ...others] : others }
}
