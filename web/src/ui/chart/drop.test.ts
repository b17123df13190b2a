import { expect, it } from 'vitest'
import { atHalf, courseOf, leavesAt } from './drop'

it('everybody is there at the begin, and each share is of those who came that far', () => {
  expect(courseOf([0.9, 0.5])).toEqual([
    { at: 0, share: 1 },
    { at: 0.5, share: 0.9 },
    { at: 1, share: 0.5 },
  ])
  expect(courseOf([])).toEqual([])
})

it('half of a track is its half', () => {
  const shares = Array.from({ length: 20 }, (_, at) => 1 - (at + 1) / 20)
  expect(atHalf(shares)).toBe(0.5)
  expect(atHalf([])).toBeUndefined()
})

it('people leave where most are lost at once, and its end is no such place', () => {
  expect(leavesAt([1, 1, 0.6, 0.55, 0.1])).toEqual({ at: 0.6, share: 0.4 })
  expect(leavesAt([0.98, 0.95, 0.92, 0.2])).toBeUndefined()
  expect(leavesAt([])).toBeUndefined()
})
