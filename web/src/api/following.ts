import { queryOptions, useQuery } from '@tanstack/react-query'
import { queries } from './cache'
import { type Artist, followArtist, listFollowing, unfollowArtist } from './gen'
import { signedInAs } from './session'

const MAX_PAGES = 20
const key = (userId: string | undefined) => ['following', userId]

/** The artists that a person follows, newest first. */
export const following = (userId: string | undefined) =>
  queryOptions({
    queryKey: key(userId),
    queryFn: async ({ signal }) => {
      const artists: Artist[] = []
      let cursor: string | null | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const query = { limit: 100, ...(cursor && { cursor }) }
        const { data } = await listFollowing({ path: { user_id: userId ?? '' }, query, signal, throwOnError: true })
        artists.push(...data.items)
        cursor = data.next_cursor
        if (!cursor) break
      }
      return artists
    },
    enabled: userId !== undefined,
    staleTime: 5 * 60_000,
  })

/** `undefined` until it is known; a visitor follows nobody. */
export function useFollows(artistId: string): boolean | undefined {
  const userId = signedInAs()
  const { data, isPending } = useQuery(following(userId))
  if (userId && isPending) return undefined
  return data?.some((artist) => artist.id === artistId) ?? false
}

/** Shown at once; goes back, and throws, if the service refuses. */
export async function follow(artist: Artist, follows: boolean) {
  const userId = signedInAs()
  if (!userId) return
  await queries.cancelQueries({ queryKey: key(userId) })
  const before = queries.getQueryData<Artist[]>(key(userId))
  const others = before?.filter((one) => one.id !== artist.id) ?? []
  queries.setQueryData(key(userId), follows ? [artist, ...others] : others)
  const path = { user_id: userId, artist_id: artist.id }
  try {
    if (follows) await followArtist({ path, throwOnError: true })
    else await unfollowArtist({ path, throwOnError: true })
  } catch (error) {
    queries.setQueryData(key(userId), before)
    throw error
  } finally {
    await queries.invalidateQueries({ queryKey: ['following'] })
  }
}
