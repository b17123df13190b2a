import { describe, expect, it } from 'vitest'
import { moved, placeOf } from './order'

const items = [...'abcde'].map((item_id) => ({ item_id }))
const letters = (list: readonly { item_id: string }[]) => list.map((item) => item.item_id).join('')
const shown = (result: ReturnType<typeof moved>) => result && [letters(result.items), result.position]

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

  it.each([
    [['a', 'd'], 'e', 'after'],
    [['c', 'e'], 'a', 'before'],
    [['b'], 'd', 'before'],
    [['a', 'b', 'c'], 'd', 'after'],
  ] as const)('goes back as it was: %s %s %s', (keys, target, place) => {
    const set = new Set<string>(keys)
    let now = moved(items, set, target, place)?.items ?? []
    expect(letters(now)).not.toBe('abcde')
    for (const { key, after, first } of placeOf(items, set)) {
      now = moved(now, new Set([key]), after, 'after', first)?.items ?? []
    }
    expect(letters(now)).toBe('abcde')
  })
})
