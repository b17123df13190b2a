import type { Track } from '../api/gen'

/** What the player keeps of a track, so that a restored queue shows itself without the network. */
export interface Song {
  id: string
  title: string
  artistLine: string
  artistId: string
  albumId: string | undefined
  albumTitle: string | undefined
  durationMs: number | undefined
  coverUrl: string | undefined
  hasAudio: boolean
}

export type SourceType =
  | 'album'
  | 'artist'
  | 'playlist'
  | 'search'
  | 'recommendation'
  | 'charts'
  | 'history'
  | 'library'
  | 'track'

/** Where the music comes from. */
export interface Source {
  type: SourceType
  id?: string
  title?: string
}

export function songOf(track: Track): Song {
  return {
    id: track.id,
    title: track.title,
    artistLine: track.artist_line,
    artistId: track.artist.id,
    albumId: track.album?.id,
    albumTitle: track.album?.title,
    durationMs: track.duration_ms ?? undefined,
    coverUrl: track.cover_url ?? undefined,
    hasAudio: track.audio != null,
  }
}
