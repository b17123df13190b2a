import { describe, expect, it } from 'vitest'
import { moved } from './order'

const items = [...'abcde'].map((item_id) => ({ item_id }))
const shown = (result: ReturnType<typeof moved>) =>
  result && [result.items.map((item) => item.item_id).join(''), result.position]

describe('the order of a playlist', () => {
  it('moves one or several before or after another', () => {
    expect(shown(moved(items, new Set(['a']), 'c', 'after'))).toEqual(['bcade', 2])
    expect(shown(moved(items, new Set(['e']), 'a', 'before'))).toEqual(['eabcd', 0])
    expect(shown(moved(items, new Set(['d', 'b']), 'e', 'after'))).toEqual(['acebd', 3])
  })

  it('moves nothing onto itself or onto what is gone', () => {
    expect(moved(items, new Set(['a', 'b']), 'b', 'after')).toBeUndefined()
    expect(moved(items, new Set(['a']), 'x', 'after')).toBeUndefined()
  })
})
