import { expect, it } from 'vitest'
import { shortened } from './year-image'

it('a long name ends with an ellipsis and fits', () => {
  const measure = (text: string) => [...text].length * 10
  expect(shortened('Короткое', 100, measure)).toBe('Короткое')
  expect(shortened('A very long name', 80, measure)).toBe('A very…')
  expect(measure(shortened('🌼'.repeat(30), 80, measure))).toBeLessThanOrEqual(80)
})
