import { queryOptions } from '@tanstack/react-query'
import { getArtistStats, listTracksOfAlbum, listTracksOfArtist, type Track } from './gen'
import { isStatus } from './problem'

/** The most played first, wherever in the catalogue they stand; then the newest hundred by their plays. */
export function byPlays(top: readonly Track[], newest: readonly Track[]): Track[] {
  const known = new Set(top.map((track) => track.id))
  const others = newest.filter((track) => !known.has(track.id))
  return [...top, ...others.toSorted((one, two) => (two.plays ?? 0) - (one.plays ?? 0))]
}

async function topOf(id: string, signal: AbortSignal): Promise<Track[]> {
  try {
    const { data } = await getArtistStats({ path: { artist_id: id }, signal, throwOnError: true })
    return data.top_tracks.map((played) => played.track)
  } catch (error) {
    // Without the statistics the page still has its tracks.
    if (isStatus(error, 503)) return []
    throw error
  }
}

/** An artist's tracks, those played most first. */
export const tracksOfArtist = (id: string) =>
  queryOptions({
    queryKey: ['tracks-of-artist', id],
    queryFn: async ({ signal }) => {
      const path = { artist_id: id }
      const [top, newest] = await Promise.all([
        topOf(id, signal),
        listTracksOfArtist({ path, query: { limit: 100 }, signal, throwOnError: true }),
      ])
      return byPlays(top, newest.data.items)
    },
  })

/** All tracks of an album, in its order: a box set has more than a page of them. */
export const tracksOfAlbum = (id: string) =>
  queryOptions({
    queryKey: ['tracks-of-album', id],
    queryFn: async ({ signal }) => {
      const tracks: Track[] = []
      let cursor: string | null | undefined
      do {
        const query = { limit: 100, ...(cursor && { cursor }) }
        const { data } = await listTracksOfAlbum({ path: { album_id: id }, query, signal, throwOnError: true })
        tracks.push(...data.items)
        cursor = data.next_cursor
      } while (cursor)
      return tracks
    },
  })
