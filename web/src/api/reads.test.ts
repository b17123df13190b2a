import { expect, it } from 'vitest'
import type { Track } from './gen'
import { byPlays } from './reads'

const track = (id: string, plays: number) => ({ id, plays }) as Track

it('an old favourite stands before the newest tracks, and nothing stands twice', () => {
  const top = [track('old', 90), track('b', 50)]
  const newest = [track('c', 1), track('b', 50), track('d', 7)]
  expect(byPlays(top, newest).map((one) => one.id)).toEqual(['old', 'b', 'd', 'c'])
  expect(byPlays([], newest).map((one) => one.id)).toEqual(['b', 'd', 'c'])
})
