import { queryOptions } from '@tanstack/react-query'
import { listTracks } from '../api/gen'
import {
  chartArtistsOptions,
  chartTracksOptions,
  getListeningHistoryOptions,
  listRecentAlbumsOptions,
} from '../api/gen/@tanstack/react-query.gen'

export const recentAlbums = () => listRecentAlbumsOptions({ query: { limit: 12 } })
export const popularTracks = () => chartTracksOptions({ query: { period: 'week', limit: 10 } })
export const popularArtists = () => chartArtistsOptions({ query: { period: 'month', limit: 12 } })
export const recentlyHeard = (userId: string) =>
  getListeningHistoryOptions({ path: { user_id: userId }, query: { limit: 30 } })

/** Never an empty page: when nothing was played this week, what there is. */
export const anyTracks = () =>
  queryOptions({
    queryKey: ['any-tracks'],
    queryFn: async () => (await listTracks({ query: { limit: 10, sort: 'plays' }, throwOnError: true })).data,
  })
