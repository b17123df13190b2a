import { afterEach, describe, expect, it, vi } from 'vitest'
import { dropDraft, dropDrafts, readDraft, writeDraft } from './drafts'
import { merge } from './edits'

const base = { title: 'Pier', genres: 'dub', explicit: '' }

describe('two people who change the same thing', () => {
  it('keep what only one of them changed', () => {
    const theirs = { ...base, genres: 'dub, ambient' }
    const result = merge(base, { ...base, title: 'Pier at night' }, theirs)
    expect(result).toEqual({ values: { title: 'Pier at night', genres: 'dub, ambient', explicit: '' }, conflicts: [] })
  })

  it('choose where both changed it, and mine stands first', () => {
    const { values, conflicts } = merge(base, { ...base, title: 'Mine' }, { ...base, title: 'Theirs' })
    expect(values.title).toBe('Mine')
    expect(conflicts).toEqual([{ name: 'title', mine: 'Mine', theirs: 'Theirs' }])
  })

  it('have nothing to choose where both wrote the same', () => {
    const same = { ...base, explicit: 'on' }
    expect(merge(base, same, same)).toEqual({ values: same, conflicts: [] })
  })
})

describe('drafts', () => {
  const tab = () => {
    const kept = new Map<string, string>()
    return {
      get length() {
        return kept.size
      },
      key: (at: number) => [...kept.keys()][at] ?? null,
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    }
  }
  afterEach(() => vi.unstubAllGlobals())

  it('are of one form and one person, and go when nothing was changed', () => {
    vi.stubGlobal('sessionStorage', tab())
    const kept = { version: 3, values: base }
    writeDraft('anna', 'album/1', { base: kept, values: { ...base, title: 'Mine' } })
    expect(readDraft('anna', 'album/1')?.values.title).toBe('Mine')
    expect(readDraft('anna', 'album/2')).toBeUndefined()
    expect(readDraft('kim', 'album/1')).toBeUndefined()
    writeDraft('anna', 'album/1', { base: kept, values: base })
    expect(readDraft('anna', 'album/1')).toBeUndefined()
  })

  it('are dropped one by one and all together, and what is no draft stays', () => {
    vi.stubGlobal('sessionStorage', tab())
    sessionStorage.setItem('other', 'stays')
    for (const name of ['a', 'b', 'c']) writeDraft('anna', name, { base: { version: 1, values: base }, values: {} })
    dropDraft('anna', 'a')
    expect([readDraft('anna', 'a'), sessionStorage.length]).toEqual([undefined, 3])
    dropDrafts()
    expect([sessionStorage.length, sessionStorage.getItem('other')]).toEqual([1, 'stays'])
  })

  it('that nobody can read are none', () => {
    vi.stubGlobal('sessionStorage', tab())
    sessionStorage.setItem('jonquil.draft.anna.a', '{"values":')
    expect(readDraft('anna', 'a')).toBeUndefined()
  })
})
