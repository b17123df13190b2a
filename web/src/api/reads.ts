import { queryOptions } from '@tanstack/react-query'
import { listTracksOfArtist } from './gen'

/** An artist's tracks, those played most first. Of artists with more than a hundred, the newest hundred. */
export const tracksOfArtist = (id: string) =>
  queryOptions({
    queryKey: ['tracks-of-artist', id],
    queryFn: async ({ signal }) => {
      const path = { artist_id: id }
      const { data } = await listTracksOfArtist({ path, query: { limit: 100 }, signal, throwOnError: true })
      return data.items.toSorted((one, two) => (two.plays ?? 0) - (one.plays ?? 0))
    },
  })
