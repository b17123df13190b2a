import { queries } from '../api/cache'
import type { Album, Artist, Playlist } from '../api/gen'
import { tracksOfAlbum, tracksOfArtist } from '../api/reads'
import { fail } from '../app/toasts'
import { loadPart, tracksOf } from '../playlist/whole'
import { playTracks } from './actions'

/** Starts a whole album or an artist's best tracks from a card. */
export async function playAlbum(album: Pick<Album, 'id' | 'title'>, shuffle = false) {
  try {
    const tracks = await queries.fetchQuery(tracksOfAlbum(album.id))
    playTracks(tracks, 0, { type: 'album', id: album.id, title: album.title }, shuffle)
  } catch (error) {
    fail(error)
  }
}

export async function playArtist(artist: Pick<Artist, 'id' | 'name'>, shuffle = false) {
  try {
    const tracks = await queries.fetchQuery(tracksOfArtist(artist.id))
    playTracks(tracks, 0, { type: 'artist', id: artist.id, title: artist.name }, shuffle)
  } catch (error) {
    fail(error)
  }
}

export async function playPlaylist(playlist: Pick<Playlist, 'id' | 'title'>) {
  try {
    const { items } = await loadPart(playlist.id, '')
    playTracks(tracksOf(items), 0, { type: 'playlist', id: playlist.id, title: playlist.title })
  } catch (error) {
    fail(error)
  }
}
