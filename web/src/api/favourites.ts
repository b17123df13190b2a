import { queryOptions, useQuery } from '@tanstack/react-query'
import { queries } from './cache'
import { addFavourite, type FavouriteIds, listFavouriteIds, removeFavourite } from './gen'
import { isLiked, type Liked, withLike } from './likes'
import { signedInAs } from './session'

/** What a person likes: one list of ids for all hearts of the page. */
const key = (userId: string | undefined) => ['favourites', 'ids', userId]

const likedIds = (userId: string | undefined) =>
  queryOptions({
    queryKey: key(userId),
    queryFn: async ({ signal }) =>
      (await listFavouriteIds({ path: { user_id: userId ?? '' }, signal, throwOnError: true })).data,
    enabled: userId !== undefined,
    staleTime: 5 * 60_000,
  })

export function useIsLiked(type: Liked, id: string): boolean {
  const { data } = useQuery({ ...likedIds(signedInAs()), select: (ids: FavouriteIds) => isLiked(ids, type, id) })
  return data ?? false
}

/** Shown at once; goes back, and throws, if the service refuses. */
export async function like(type: Liked, id: string, liked: boolean) {
  const userId = signedInAs()
  if (!userId) return
  // A list that still loads is waited for: cancelled, it would leave every heart of the page empty.
  await queries.ensureQueryData(likedIds(userId)).catch(() => undefined)
  await queries.cancelQueries({ queryKey: key(userId) })
  const show = (pressed: boolean) =>
    queries.setQueryData<FavouriteIds>(key(userId), (ids) => ids && withLike(ids, type, id, pressed))
  show(liked)
  const path = { user_id: userId, type, id }
  try {
    if (liked) await addFavourite({ path, throwOnError: true })
    else await removeFavourite({ path, throwOnError: true })
    await queries.invalidateQueries({ queryKey: ['favourites', 'list', type] })
  } catch (error) {
    // Only this heart: others may have been pressed since.
    show(!liked)
    throw error
  }
}

/** By key or from a menu, where nobody looks whether it is liked. */
export async function toggleLike(type: Liked, id: string): Promise<boolean> {
  const ids = await queries.ensureQueryData(likedIds(signedInAs()))
  const liked = !isLiked(ids, type, id)
  await like(type, id, liked)
  return liked
}
