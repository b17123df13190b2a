import type { Song, Source } from './types'

/** The queue of the player: pure. The order shown is the order played, shuffled or not. */
export interface Entry {
  /** Tells two entries of one track apart. */
  key: number
  song: Song
  /** Added by the person ("next up"), not by the source. */
  mine: boolean
  /** Place in the source, to undo a shuffle. */
  origin: number
}

export type Repeat = 'off' | 'all' | 'one'

export interface Queue {
  entries: Entry[]
  index: number
  source: Source | undefined
  shuffled: boolean
  repeat: Repeat
  nextKey: number
}

export const MOST = 10_000
export const EMPTY: Queue = { entries: [], index: -1, source: undefined, shuffled: false, repeat: 'off', nextKey: 1 }

export const current = (queue: Queue): Entry | undefined => queue.entries[queue.index]

/** A source's songs from one of them on; the person's own additions stay next. */
export function start(queue: Queue, songs: Song[], at: number, source: Source | undefined, seed?: number): Queue {
  const kept = queue.entries.slice(queue.index + 1).filter((entry) => entry.mine)
  const playable = songs.slice(0, MOST)
  let nextKey = queue.nextKey
  const fresh = playable.map((song, origin) => ({ key: nextKey++, song, mine: false, origin }))
  const first = Math.min(Math.max(at, 0), Math.max(0, fresh.length - 1))
  const shuffled = seed !== undefined
  const ordered = shuffled ? shuffleAfter(fresh, first, seed) : fresh
  const index = shuffled ? 0 : first
  const entries = [...ordered.slice(0, index + 1), ...kept, ...ordered.slice(index + 1)]
  return { ...queue, entries, index: entries.length ? index : -1, source, shuffled, nextKey }
}

/** The entry at `first` in front, the rest in a seeded order. */
function shuffleAfter(entries: Entry[], first: number, seed: number): Entry[] {
  const rest = entries.filter((_, at) => at !== first)
  const random = mulberry(seed)
  for (let at = rest.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [one, two] = [rest[at] as Entry, rest[other] as Entry]
    rest[at] = two
    rest[other] = one
  }
  const head = entries[first]
  return head ? [head, ...rest] : rest
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Shuffles what comes, or puts the source's order back; what plays goes on. */
export function setShuffle(queue: Queue, on: boolean, seed: number): Queue {
  const now = current(queue)
  if (!now || on === queue.shuffled) return { ...queue, shuffled: on }
  if (on) {
    const mine = queue.entries.slice(queue.index + 1).filter((entry) => entry.mine)
    const others = queue.entries.filter((entry) => entry !== now && !mine.includes(entry))
    const [, ...mixed] = shuffleAfter([now, ...others], 0, seed)
    return { ...queue, entries: [now, ...mine, ...mixed], index: 0, shuffled: true }
  }
  const mine = queue.entries.slice(queue.index + 1).filter((entry) => entry.mine)
  const others = queue.entries.filter((entry) => !mine.includes(entry)).sort((one, two) => one.origin - two.origin)
  const at = others.indexOf(now)
  return {
    ...queue,
    entries: [...others.slice(0, at + 1), ...mine, ...others.slice(at + 1)],
    index: at,
    shuffled: false,
  }
}

/** Adds after what plays, or after the other additions. */
export function add(queue: Queue, songs: Song[], where: 'next' | 'last'): Queue {
  let nextKey = queue.nextKey
  const room = Math.max(0, MOST - queue.entries.length)
  const fresh = songs.slice(0, room).map((song) => ({ key: nextKey++, song, mine: true, origin: -1 }))
  let at = queue.index + 1
  if (where === 'last') while (queue.entries[at]?.mine) at++
  const entries = [...queue.entries.slice(0, at), ...fresh, ...queue.entries.slice(at)]
  return { ...queue, entries, nextKey, index: queue.index < 0 && entries.length ? 0 : queue.index }
}

/** What comes: what the person added stands first, then the rest. */
export function coming(queue: Queue, most: number): { mine: Entry[]; others: Entry[] } {
  const entries = queue.entries.slice(queue.index + 1, queue.index + 1 + most)
  const first = entries.findIndex((entry) => !entry.mine)
  const at = first < 0 ? entries.length : first
  return { mine: entries.slice(0, at), others: entries.slice(at) }
}

export function remove(queue: Queue, keys: ReadonlySet<number>): Queue {
  const now = current(queue)
  const entries = queue.entries.filter((entry) => !keys.has(entry.key))
  if (now && !keys.has(now.key)) return { ...queue, entries, index: entries.indexOf(now) }
  const before = queue.entries.slice(0, queue.index).filter((entry) => !keys.has(entry.key)).length
  return { ...queue, entries, index: entries.length ? Math.min(before, entries.length - 1) : -1 }
}

/** Moves some entries together before or after another one; what plays goes on. Among the person's own, they are the person's own. */
export function move(queue: Queue, keys: ReadonlySet<number>, target: number, place: 'before' | 'after'): Queue {
  if (keys.has(target)) return queue
  const now = current(queue)
  const rest = queue.entries.filter((entry) => !keys.has(entry.key))
  const at = rest.findIndex((entry) => entry.key === target)
  if (at < 0) return queue
  const taken = queue.entries.filter((entry) => keys.has(entry.key))
  const isMine = rest[at]?.mine && rest[at] !== now
  const moved = isMine ? taken.map((entry) => ({ ...entry, mine: true })) : taken
  const cut = place === 'before' ? at : at + 1
  const entries = [...rest.slice(0, cut), ...moved, ...rest.slice(cut)]
  const index = now ? entries.findIndex((entry) => entry.key === now.key) : queue.index
  return { ...queue, entries, index }
}

export function jump(queue: Queue, key: number): Queue {
  const index = queue.entries.findIndex((entry) => entry.key === key)
  return index < 0 ? queue : { ...queue, index }
}

/** The next index: by itself (`ended`) or by the person; `undefined` when nothing follows. */
export function nextIndex(queue: Queue, ended: boolean): number | undefined {
  if (ended && queue.repeat === 'one') return queue.index
  if (queue.index + 1 < queue.entries.length) return queue.index + 1
  return queue.repeat === 'off' || queue.entries.length === 0 ? undefined : 0
}

export function previousIndex(queue: Queue): number | undefined {
  if (queue.index > 0) return queue.index - 1
  return queue.repeat === 'all' && queue.entries.length > 0 ? queue.entries.length - 1 : undefined
}

/** Everything after what plays goes. */
export function clearAfter(queue: Queue): Queue {
  return { ...queue, entries: queue.entries.slice(0, queue.index + 1) }
}
