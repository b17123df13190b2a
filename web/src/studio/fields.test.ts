import { expect, it } from 'vitest'
import { genresOf, numberOf } from './fields'

it('genres are divided by commas, without doubles', () => {
  expect(genresOf(' rock,  new wave,, rock ')).toEqual(['rock', 'new wave'])
  expect(genresOf('')).toEqual([])
})

it('an empty number takes the value away', () => {
  expect(numberOf('')).toBeNull()
  expect(numberOf('12')).toBe(12)
})
