import type { State } from './reducer'

/** The keys of a keyboard, a headset and a lock screen. No separate listener for media keys, which would skip two tracks. */
export interface Controls {
  play: () => void
  pause: () => void
  next: () => void
  previous: () => void
  seek: (positionMs: number) => void
}

export function register(controls: Controls) {
  if (!('mediaSession' in navigator)) return
  const { mediaSession } = navigator
  mediaSession.setActionHandler('play', controls.play)
  mediaSession.setActionHandler('pause', controls.pause)
  mediaSession.setActionHandler('stop', controls.pause)
  mediaSession.setActionHandler('nexttrack', controls.next)
  mediaSession.setActionHandler('previoustrack', controls.previous)
  mediaSession.setActionHandler('seekto', (details) => {
    if (details.seekTime !== undefined) controls.seek(details.seekTime * 1000)
  })
}

export function describe(state: State) {
  if (!('mediaSession' in navigator)) return
  const { mediaSession } = navigator
  const song = state.queue.entries[state.queue.index]?.song
  if (!song) {
    mediaSession.metadata = null
    mediaSession.playbackState = 'none'
    return
  }
  const before = mediaSession.metadata
  if (before?.title !== song.title || before.artist !== song.artistLine) {
    mediaSession.metadata = new MediaMetadata({
      title: song.title,
      artist: song.artistLine,
      album: song.albumTitle ?? '',
      artwork: [{ src: new URL(song.coverUrl ?? '/app/icons/jonquil.svg', location.href).href }],
    })
  }
  mediaSession.playbackState = ['playing', 'buffering', 'loading'].includes(state.status) ? 'playing' : 'paused'
}

export function place(positionMs: number, durationMs: number) {
  if (!('mediaSession' in navigator) || durationMs <= 0) return
  navigator.mediaSession.setPositionState({
    duration: durationMs / 1000,
    position: Math.min(positionMs, durationMs) / 1000,
    playbackRate: 1,
  })
}
