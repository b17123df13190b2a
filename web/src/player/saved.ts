import { createStore, get, set, type UseStore } from 'idb-keyval'
import type { Listen } from './listen-counter'
import { EMPTY, type Queue } from './queue'

/** What survives a reload: the queue in IndexedDB, the small and often written things in localStorage. */
interface Small {
  index: number
  positionMs: number
  shuffled: boolean
  repeat: Queue['repeat']
  listen?: { listen: Listen; at: number }
  /** The entry whose listen was sent as the page went away. */
  told?: number
}

const KEY = 'jonquil.player'
const VOLUME = 'jonquil.volume'
let store: UseStore | undefined
const queueStore = () => {
  store ??= createStore('jonquil-queue', 'queue')
  return store
}

export function readSmall(): Small | undefined {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

export function writeSmall(small: Small) {
  try {
    localStorage.setItem(KEY, JSON.stringify(small))
  } catch {
    // Storage is full or forbidden: the queue is not restored, playing goes on.
  }
}

export async function readQueue(): Promise<Queue> {
  const small = readSmall()
  const saved = await get<Pick<Queue, 'entries' | 'source' | 'nextKey'>>('queue', queueStore()).catch(() => undefined)
  if (!small || !saved || saved.entries.length === 0) return EMPTY
  const index = Math.min(Math.max(small.index, 0), saved.entries.length - 1)
  return { ...saved, index, shuffled: small.shuffled, repeat: small.repeat }
}

export function writeQueue(queue: Queue): Promise<void> {
  const { entries, source, nextKey } = queue
  return set('queue', { entries, source, nextKey }, queueStore()).catch(() => {})
}

export interface Volume {
  level: number
  muted: boolean
}

export function readVolume(): Volume {
  try {
    const saved = JSON.parse(localStorage.getItem(VOLUME) ?? 'null')
    if (typeof saved?.level === 'number') return { level: saved.level, muted: saved.muted === true }
  } catch {
    // The default will do.
  }
  return { level: 0.8, muted: false }
}

export function writeVolume(volume: Volume) {
  try {
    localStorage.setItem(VOLUME, JSON.stringify(volume))
  } catch {
    // As above.
  }
}
