import { queryOptions, useQueries } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { listTracks } from '../api/gen'
import {
  chartArtistsOptions,
  chartTracksOptions,
  getListeningHistoryOptions,
  getTrendsOptions,
  listNewReleasesOptions,
  listRecentAlbumsOptions,
  recommendTracksOptions,
} from '../api/gen/@tanstack/react-query.gen'

export const recentAlbums = () => listRecentAlbumsOptions({ query: { limit: 12 } })
export const popularTracks = () => chartTracksOptions({ query: { period: 'week', limit: 10 } })
export const popularArtists = () => chartArtistsOptions({ query: { period: 'month', limit: 12 } })
export const recentlyHeard = (userId: string) =>
  getListeningHistoryOptions({ path: { user_id: userId }, query: { limit: 30 } })

export const rising = () => getTrendsOptions({ query: { period: 'week' } })
export const recommended = (userId: string) => ({
  ...recommendTracksOptions({ path: { user_id: userId }, query: { limit: 24 } }),
  staleTime: 5 * 60_000,
})
export const newReleases = (userId: string) =>
  listNewReleasesOptions({ path: { user_id: userId }, query: { limit: 12 } })

/** How long the page waits for its slowest part. */
const WAIT_MS = 1500

/** Whether every part has its answer, or its error: shown one by one they would push each other down. A slow part is not waited for. */
export function useHomeIsKnown(userId: string | undefined): boolean {
  const everybody = [recentAlbums(), popularTracks(), popularArtists(), rising()]
  const own = userId ? [recentlyHeard(userId), recommended(userId), newReleases(userId)] : []
  const pending = { combine: (results: { isPending: boolean }[]) => results.some((result) => result.isPending) }
  const first = useQueries({ queries: everybody, ...pending })
  const second = useQueries({ queries: own, ...pending })
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), WAIT_MS)
    return () => clearTimeout(timer)
  }, [])
  return late || (!first && !second)
}

/** Never an empty page: when nothing was played this week, what there is. */
export const anyTracks = () =>
  queryOptions({
    queryKey: ['any-tracks'],
    queryFn: async () => (await listTracks({ query: { limit: 10, sort: 'plays' }, throwOnError: true })).data,
  })
