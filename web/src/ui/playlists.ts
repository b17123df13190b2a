import { queryOptions } from '@tanstack/react-query'
import { queries } from '../api/cache'
import { addPlaylistTracks, createPlaylist, listPlaylists } from '../api/gen'

/** One's own playlists: the library, the sidebar and the menus show them. */
export const ownPlaylists = () =>
  queryOptions({
    queryKey: ['playlists', 'own'],
    queryFn: async ({ signal }) => (await listPlaylists({ query: { limit: 100 }, signal, throwOnError: true })).data,
  })

export const playlistsChanged = () => queries.invalidateQueries({ queryKey: ['playlists'] })

export async function makePlaylist(title: string, trackIds: string[]) {
  const headers = { 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') }
  const { data } = await createPlaylist({ body: { title, track_ids: trackIds }, headers, throwOnError: true })
  await playlistsChanged()
  return data
}

export async function addTo(playlistId: string, trackIds: string[]) {
  await addPlaylistTracks({ path: { playlist_id: playlistId }, body: { track_ids: trackIds }, throwOnError: true })
  await playlistsChanged()
}
