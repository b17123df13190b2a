import { expect, it } from 'vitest'
import { decadeOf, decades } from './decades'

it('decades go from the present one back', () => {
  expect(decades(2026).slice(0, 2)).toEqual([2020, 2010])
  expect(decades(2026).at(-1)).toBe(1950)
})

it('only a decade is taken from an address', () => {
  expect([decadeOf(1980), decadeOf('1980'), decadeOf(1985), decadeOf('x'), decadeOf(undefined)]).toEqual([
    1980,
    1980,
    undefined,
    undefined,
    undefined,
  ])
})
