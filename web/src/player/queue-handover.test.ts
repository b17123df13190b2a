import { describe, expect, it } from 'vitest'
import type { PlayQueue, Track } from '../api/gen'
import { current, EMPTY, setShuffle, start } from './queue'
import { isSame, queueOf } from './queue-handover'
import { songOf } from './types'

const track = (id: string, audio: object | null = {}) => ({ id, title: id, artist: { id: 'kino' }, audio }) as Track
const left = (ids: string[], index: number, more: Partial<PlayQueue> = {}): PlayQueue => ({
  track_ids: ids,
  index,
  position_ms: 42_000,
  repeat: 'all',
  shuffle: true,
  version: 3,
  ...more,
})
const ids = (queue: ReturnType<typeof queueOf>[0]) => queue.entries.map((entry) => entry.song.id)

describe('the queue of another device', () => {
  it('goes on at the same track and place, in the same order', () => {
    const [queue, positionMs] = queueOf(
      left(['c', 'a', 'b'], 1),
      ['c', 'a', 'b'].map((id) => track(id)),
      7,
    )
    expect(ids(queue)).toEqual(['c', 'a', 'b'])
    expect([current(queue)?.song.id, positionMs, queue.repeat, queue.shuffled]).toEqual(['a', 42_000, 'all', true])
    // Keys go on where those of this device are, so no entry is taken for one that was here before.
    expect(queue.entries.map((entry) => entry.key)).toEqual([7, 8, 9])
    expect(ids(setShuffle(queue, false, 1))).toEqual(['c', 'a', 'b'])
  })

  it('leaves out what is gone or has no audio, and goes on with the next', () => {
    const tracks = [null, track('a'), track('b', null), track('c')]
    const [queue, positionMs] = queueOf(left(['x', 'a', 'b', 'c'], 2), tracks, 1)
    expect(ids(queue)).toEqual(['a', 'c'])
    expect([current(queue)?.song.id, positionMs]).toEqual(['c', 0])
    expect(queueOf(left(['x'], 0), [null], 1)[0].entries).toEqual([])
  })

  it('is known as the own one', () => {
    const here = start(EMPTY, [track('a'), track('b')].map(songOf), 1, { type: 'album', id: 'x' })
    expect(isSame(left(['a', 'b'], 1), here)).toBe(true)
    expect([
      isSame(left(['a', 'b'], 0), here),
      isSame(left(['b', 'a'], 1), here),
      isSame(left(['a'], 1), here),
    ]).toEqual([false, false, false])
  })
})
