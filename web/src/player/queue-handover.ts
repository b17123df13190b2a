import type { PlayQueue, Track } from '../api/gen'
import { EMPTY, type Queue, start } from './queue'
import { songOf } from './types'

/** What another device left, as a queue of this one. Tracks that are gone, or have no audio, are left out. */
export function queueOf(shared: PlayQueue, tracks: readonly (Track | null)[], nextKey: number): [Queue, number] {
  const playable = tracks.map((track) => (track?.audio ? songOf(track) : undefined))
  const songs = playable.filter((song) => song !== undefined)
  const at = playable.slice(0, shared.index).filter((song) => song !== undefined).length
  const queue = start({ ...EMPTY, nextKey }, songs, at, undefined)
  const isThere = playable[shared.index] !== undefined
  const modes = { shuffled: shared.shuffle, repeat: shared.repeat }
  return [{ ...queue, ...modes }, isThere ? shared.position_ms : 0]
}

/** Whether both have the same tracks, and play the same one. */
export function isSame(shared: PlayQueue, queue: Queue): boolean {
  const { entries, index } = queue
  return (
    shared.index === index &&
    shared.track_ids.length === entries.length &&
    entries.every((entry, at) => entry.song.id === shared.track_ids[at])
  )
}
