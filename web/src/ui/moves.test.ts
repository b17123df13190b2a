import { expect, it } from 'vitest'
import { moves, toPosition } from './moves'

const ways = (at: number, isWhole?: boolean) => moves(['a', 'b', 'c', 'd'], at, isWhole)
const names = (at: number, isWhole?: boolean) => ways(at, isWhole).map((way) => way.id)

it('an item goes a place up or down, or to an end of its list, but never where it stands', () => {
  expect(names(0)).toEqual(['down', 'toEnd'])
  expect(names(1)).toEqual(['up', 'down', 'toEnd'])
  expect(names(2)).toEqual(['toTop', 'up', 'down'])
  expect(names(3)).toEqual(['toTop', 'up'])
  expect(moves(['a'], 0)).toEqual([])
})

it('the place is before or after another item', () => {
  expect(ways(2)).toEqual([
    { id: 'toTop', target: 'a', place: 'before' },
    { id: 'up', target: 'b', place: 'before' },
    { id: 'down', target: 'd', place: 'after' },
  ])
  expect(ways(1).at(-1)).toEqual({ id: 'toEnd', target: 'd', place: 'after' })
})

it('a list that is not whole has no end to go to', () => {
  expect(names(0, false)).toEqual(['down'])
})

it('a position counts from 1, and is a place before or after what stands there now', () => {
  const keys = ['a', 'b', 'c', 'd']
  expect(toPosition(keys, 0, 3)).toEqual({ target: 'c', place: 'after' })
  expect(toPosition(keys, 3, 2)).toEqual({ target: 'b', place: 'before' })
  expect([toPosition(keys, 1, 2), toPosition(keys, 1, 0), toPosition(keys, 1, 5)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
