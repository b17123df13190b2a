import { expect, it } from 'vitest'
import type { Track } from '../api/gen'
import { reasons } from './reasons'

const track = (id: string) => ({ id, title: id.toUpperCase() }) as Track

it('names what led to most of the list', () => {
  const items = [{ because: [track('a'), track('b')] }, { because: [track('b')] }, { because: [] }]
  expect(reasons(items)).toEqual(['B', 'A'])
  expect(reasons([{ because: [] }])).toEqual([])
})
