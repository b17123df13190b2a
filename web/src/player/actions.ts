import type { Track } from '../api/gen'
import { askToSignIn } from '../api/sign-in-request'
import { player } from './player'
import { current, EMPTY } from './queue'
import { type Source, songOf } from './types'

/** Plays from a row, a card or a button; asks a visitor to sign in first and then goes on. */
export function playTracks(tracks: Track[], at: number, source: Source, shuffle = false) {
  const wanted = tracks[at]
  const songs = tracks.filter((track) => track.audio != null).map(songOf)
  if (songs.length === 0) return
  const start = shuffle ? Math.floor(Math.random() * songs.length) : songs.findIndex((song) => song.id === wanted?.id)
  askToSignIn('play', () =>
    player.send({
      type: 'play-songs',
      songs,
      at: Math.max(0, start),
      source,
      ...(shuffle && { seed: newSeed() }),
    }),
  )
}

export function addToQueue(tracks: Track[], where: 'next' | 'last') {
  const songs = tracks.filter((track) => track.audio != null).map(songOf)
  if (songs.length > 0) player.send({ type: 'add', songs, where })
}

export const newSeed = () => Math.floor(Math.random() * 2 ** 32)

export function toggleShuffle() {
  player.send({ type: 'shuffle', on: !player.state.queue.shuffled, seed: newSeed() })
}

export function cycleRepeat() {
  const next = { off: 'all', all: 'one', one: 'off' } as const
  player.send({ type: 'repeat', repeat: next[player.state.queue.repeat] })
}

export function toggle() {
  if (current(player.state.queue)) askToSignIn('play', () => player.send({ type: 'toggle' }))
}

/** Whoever leaves takes the queue along, and what was heard until now is theirs. It comes back from the service at the next sign-in. */
export async function leavePlayer() {
  player.send({ type: 'replace', queue: { ...EMPTY, nextKey: player.state.queue.nextKey } })
  await player.saveNow()
}

/** Whether what plays came from there. */
export function isFrom(source: Source | undefined, type: Source['type'], id: string): boolean {
  return source?.type === type && source.id === id
}
