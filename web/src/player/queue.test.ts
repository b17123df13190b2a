import { describe, expect, it } from 'vitest'
import * as queues from './queue'
import type { Song } from './types'

const song = (id: string): Song => ({
  id,
  title: id.toUpperCase(),
  artistLine: 'A',
  artistId: 'a',
  albumId: undefined,
  albumTitle: undefined,
  durationMs: 60_000,
  coverUrl: undefined,
  hasAudio: true,
})
const songs = (ids: string) => [...ids].map(song)
const source = { type: 'album', id: 'x' } as const
const ids = (queue: queues.Queue) => queue.entries.map((entry) => entry.song.id).join('')
const playing = (queue: queues.Queue) => queues.current(queue)?.song.id
const keyOf = (queue: queues.Queue, id: string) => queue.entries.find((entry) => entry.song.id === id)?.key ?? -1

describe('the queue', () => {
  it('starts where the person pressed, with the rest around', () => {
    const queue = queues.start(queues.EMPTY, songs('abcd'), 2, source)
    expect([ids(queue), playing(queue)]).toEqual(['abcd', 'c'])
  })

  it('keeps what the person added when another source starts', () => {
    const first = queues.add(queues.start(queues.EMPTY, songs('ab'), 0, source), songs('x'), 'next')
    const second = queues.start(first, songs('cd'), 0, source)
    expect(ids(second)).toBe('cxd')
  })

  it('shuffles with a seed: the same again, everything once, the pressed one first', () => {
    const one = queues.start(queues.EMPTY, songs('abcdefgh'), 3, source, 7)
    const two = queues.start(queues.EMPTY, songs('abcdefgh'), 3, source, 7)
    expect(ids(one)).toBe(ids(two))
    expect(ids(one)[0]).toBe('d')
    expect([...ids(one)].sort().join('')).toBe('abcdefgh')
  })

  it('puts the order back when shuffle ends, and goes on with the same track', () => {
    const mixed = queues.start(queues.EMPTY, songs('abcdefgh'), 3, source, 7)
    const later = { ...mixed, index: 4 }
    const sorted = queues.setShuffle(later, false, 0)
    expect(ids(sorted)).toBe('abcdefgh')
    expect(playing(sorted)).toBe(playing(later))
  })

  it('shuffles what plays to the front and keeps the additions next', () => {
    const queue = queues.add(queues.start(queues.EMPTY, songs('abcdef'), 2, source), songs('x'), 'next')
    const mixed = queues.setShuffle(queue, true, 3)
    expect(playing(mixed)).toBe('c')
    expect(ids(mixed).slice(0, 2)).toBe('cx')
    expect([...ids(mixed)].sort().join('')).toBe('abcdefx')
  })

  it('adds after the other additions, or right after what plays', () => {
    const queue = queues.start(queues.EMPTY, songs('ab'), 0, source)
    const added = queues.add(queues.add(queues.add(queue, songs('x'), 'last'), songs('y'), 'last'), songs('z'), 'next')
    expect(ids(added)).toBe('azxyb')
  })

  it('moves several together and goes on with what plays', () => {
    const queue = queues.start(queues.EMPTY, songs('abcde'), 1, source)
    const keys = new Set([keyOf(queue, 'a'), keyOf(queue, 'd')])
    const moved = queues.move(queue, keys, keyOf(queue, 'e'), 'after')
    expect([ids(moved), playing(moved)]).toEqual(['bcead', 'b'])
    expect(queues.move(queue, keys, keyOf(queue, 'a'), 'before')).toBe(queue)
  })

  it('says what the person added apart from the rest, and counts what is moved among it as added', () => {
    const queue = queues.add(queues.start(queues.EMPTY, songs('abc'), 0, source), songs('xy'), 'last')
    const shown = (of: queues.Queue) => {
      const { mine, others } = queues.coming(of, 200)
      return [mine, others].map((entries) => entries.map((entry) => entry.song.id).join(''))
    }
    expect(shown(queue)).toEqual(['xy', 'bc'])
    expect(shown(queues.move(queue, new Set([keyOf(queue, 'c')]), keyOf(queue, 'y'), 'before'))).toEqual(['xcy', 'b'])
    expect(shown(queues.move(queue, new Set([keyOf(queue, 'x')]), keyOf(queue, 'b'), 'after'))).toEqual(['y', 'bxc'])
    expect(shown(queues.start(queues.EMPTY, songs('ab'), 0, source))).toEqual(['', 'b'])
    expect(shown(queues.start(queues.EMPTY, songs('ab'), 1, source))).toEqual(['', ''])
  })

  it('removes what plays and stands at what followed', () => {
    const queue = queues.start(queues.EMPTY, songs('abc'), 1, source)
    expect(playing(queues.remove(queue, new Set([keyOf(queue, 'b')])))).toBe('c')
    expect(playing(queues.remove(queue, new Set([keyOf(queue, 'a')])))).toBe('b')
    const all = queues.remove(queue, new Set(queue.entries.map((entry) => entry.key)))
    expect([all.index, all.entries.length]).toEqual([-1, 0])
  })

  it('ends, or begins again, or repeats one only by itself', () => {
    const last = queues.start(queues.EMPTY, songs('ab'), 1, source)
    expect(queues.nextIndex(last, true)).toBeUndefined()
    expect(queues.nextIndex({ ...last, repeat: 'all' }, true)).toBe(0)
    expect(queues.nextIndex({ ...last, repeat: 'one', index: 0 }, true)).toBe(0)
    expect(queues.nextIndex({ ...last, repeat: 'one', index: 0 }, false)).toBe(1)
  })

  it('takes no more than ten thousand', () => {
    const many = Array.from({ length: 10_500 }, (_, at) => song(String(at)))
    const queue = queues.start(queues.EMPTY, many, 0, source)
    expect(queues.add(queue, songs('x'), 'last').entries.length).toBe(queues.MOST)
  })
})
