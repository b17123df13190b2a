import { queryOptions, useQueries, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { queries } from '../api/cache'
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
import { signedInAs } from '../api/session'

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

/** Asked for before the script of the page is there; nobody waits for it here. */
export function prefetchHome() {
  void queries.prefetchQuery(recentAlbums())
  void queries.prefetchQuery(popularTracks())
  void queries.prefetchQuery(popularArtists())
  void queries.prefetchQuery(rising())
  const userId = signedInAs()
  if (!userId) return
  void queries.prefetchQuery(recentlyHeard(userId))
  void queries.prefetchQuery(recommended(userId))
  void queries.prefetchQuery(newReleases(userId))
}

/** How long the page waits for its slowest part. */
const WAIT_MS = 1500

/** The parts that stand only where there is something for them. */
export type Part = 'continue' | 'forYou' | 'newReleases' | 'rising'

const isPending = (results: { isPending: boolean }[]) => results.some((result) => result.isPending)

/**
 * The page shows itself when every part has its answer, or its error, and waits for none that is slow: undefined until then. What is answered
 * are the parts that were not there: put in their places later they would push down what is being read, so they come last.
 */
export function useLateParts(userId: string | undefined): readonly Part[] | undefined {
  const own: Part[] = userId ? ['continue', 'forYou', 'newReleases'] : []
  const everybody = useQueries({ queries: [recentAlbums(), popularTracks(), popularArtists()], combine: isPending })
  const one = useQuery(rising())
  const of = userId ? [recentlyHeard(userId), recommended(userId), newReleases(userId)] : []
  const pending = useQueries({
    queries: of,
    combine: (results) => own.filter((_, at) => results[at]?.isPending),
  })
  const parts = one.isPending ? [...pending, 'rising' as const] : pending
  const [timeIsUp, setTimeIsUp] = useState(false)
  const [late, setLate] = useState<readonly Part[]>()
  useEffect(() => {
    const timer = setTimeout(() => setTimeIsUp(true), WAIT_MS)
    return () => clearTimeout(timer)
  }, [])
  const shown = timeIsUp || (!everybody && parts.length === 0)
  if (shown && late === undefined) setLate(parts)
  return late
}

/** Never an empty page: when nothing was played this week, what there is. */
export const anyTracks = () =>
  queryOptions({
    queryKey: ['any-tracks'],
    queryFn: async () => (await listTracks({ query: { limit: 10, sort: 'plays' }, throwOnError: true })).data,
  })
