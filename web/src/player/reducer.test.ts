import { describe, expect, it } from 'vitest'
import { type Event, INITIAL, type State, step } from './reducer'
import type { Song } from './types'

const song = (id: string): Song => ({
  id,
  title: id,
  artistLine: 'A',
  artistId: 'a',
  albumId: undefined,
  albumTitle: undefined,
  durationMs: 200_000,
  coverUrl: undefined,
  hasAudio: true,
})

/** The state after some events, and what the last of them asked for. */
function played(...events: Event[]): { state: State; effects: string[] } {
  let state = INITIAL
  let effects: string[] = []
  for (const event of events) {
    const [next, asked] = step(state, event)
    state = next
    effects = asked.map((effect) => effect.type)
  }
  return { state, effects }
}

const play = (ids: string, at = 0): Event => ({
  type: 'play-songs',
  songs: [...ids].map(song),
  at,
  source: { type: 'album', id: 'x' },
})
const sounding: Event = { type: 'sounding' }
const at = (positionMs: number): Event => ({ type: 'progress', positionMs, durationMs: 200_000 })
const playing = (state: State) => state.queue.entries[state.queue.index]?.song.id

describe('the player', () => {
  it('loads what was pressed, takes the sound from other tabs, then plays', () => {
    const pressed = played(play('abc', 1))
    expect(pressed.state.status).toBe('loading')
    expect(pressed.effects).toEqual(['finish', 'own', 'load'])
    expect(played(play('abc', 1), sounding).state.status).toBe('playing')
  })

  it('never plays by itself after a reload, and goes on at the place', () => {
    const { queue } = played(play('abc', 1)).state
    const restored = played({ type: 'restore', queue, positionMs: 70_000 })
    expect([restored.state.status, restored.effects]).toEqual(['ready', []])
    const [state, effects] = step(restored.state, { type: 'play' })
    expect(state.status).toBe('loading')
    expect(effects.at(-1)).toMatchObject({ type: 'load', positionMs: 70_000, song: { id: 'b' } })
  })

  it('finishes the listen and goes to the next at the end; stops after the last', () => {
    const next = played(play('ab'), sounding, { type: 'ended' })
    expect([playing(next.state), next.state.status]).toEqual(['b', 'loading'])
    expect(next.effects[0]).toBe('finish')
    const end = played(play('a'), sounding, { type: 'ended' })
    expect([end.state.status, end.effects]).toEqual(['ready', ['finish', 'stop']])
  })

  it('ignores a second report of the same end', () => {
    expect(playing(played(play('abc'), sounding, { type: 'ended' }, { type: 'ended' }).state)).toBe('b')
  })

  it('repeats one as a new listen', () => {
    const again = played(play('ab'), sounding, { type: 'repeat', repeat: 'one' }, { type: 'ended' })
    expect([playing(again.state), again.effects]).toEqual(['a', ['finish', 'own', 'load']])
  })

  it('goes back to the beginning first, then to the previous one', () => {
    expect(playing(played(play('ab', 1), sounding, at(9000), { type: 'previous' }).state)).toBe('b')
    expect(playing(played(play('ab', 1), sounding, at(1000), { type: 'previous' }).state)).toBe('a')
  })

  it('keeps the place in an failure and tries again, later each time', () => {
    const first = played(play('ab'), sounding, at(42_000), { type: 'broke' })
    expect([first.state.status, first.effects]).toEqual(['recovering', ['diagnose']])
    const [busy, effects] = step(first.state, { type: 'found', trouble: 'busy', waitMs: 7000 })
    expect([busy.positionMs, playing(busy)]).toEqual([42_000, 'a'])
    expect(effects).toEqual([{ type: 'retry-after', ms: 7000 }])
    let state = first.state
    const waits: unknown[] = []
    for (let time = 0; time < 5; time++) {
      const [next, asked] = step(state, { type: 'found', trouble: 'network' })
      waits.push((asked[0] as { ms: number }).ms)
      state = next
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000])
    expect(step(state, { type: 'found', trouble: 'network' })[0].status).toBe('failed')
  })

  it('waits for the network without giving up', () => {
    const found: Event = { type: 'found', trouble: 'offline' }
    expect(played(play('a'), sounding, { type: 'broke' }, found).state.status).toBe('recovering')
    const [, effects] = step(played(play('a'), sounding, { type: 'broke' }).state, found)
    expect(effects).toEqual([{ type: 'retry-after', ms: 'online' }])
  })

  it('asks for a new address at the same place when the old one expired', () => {
    const broken = played(play('a'), sounding, at(5000), { type: 'broke' }).state
    const [, effects] = step(broken, { type: 'found', trouble: 'expired' })
    expect(effects).toMatchObject([{ type: 'load', positionMs: 5000 }])
  })

  it('skips a deleted track, marks it, and stops after three in a row', () => {
    const gone: Event[] = [{ type: 'broke' }, { type: 'found', trouble: 'gone' }]
    const once = played(play('abcde'), sounding, ...gone).state
    expect([playing(once), once.broken.size]).toEqual(['b', 1])
    const thrice = played(play('abcde'), sounding, ...gone, ...gone, ...gone).state
    expect([playing(thrice), thrice.status]).toEqual(['c', 'failed'])
  })

  it('gives the sound away to another tab and takes it back', () => {
    const lost = played(play('a'), sounding, { type: 'other-tab' })
    expect([lost.state.status, lost.effects]).toEqual(['other_tab', ['halt']])
    expect(step(lost.state, { type: 'play' })[1].map((effect) => effect.type)).toEqual(['finish', 'own', 'load'])
  })

  it('goes on with the next when what plays is removed', () => {
    const { state } = played(play('abc'), sounding)
    const key = state.queue.entries[0]?.key ?? -1
    expect(playing(step(state, { type: 'remove', keys: new Set([key]) })[0])).toBe('b')
  })

  it('pauses while it loads, so that nothing starts by surprise', () => {
    const { state, effects } = played(play('a'), { type: 'toggle' })
    expect([state.status, effects]).toEqual(['paused', ['halt']])
    expect(played(play('a'), { type: 'toggle' }, sounding).state.status).toBe('paused')
  })
})
