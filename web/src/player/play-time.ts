import { v7 as uuid } from 'uuid'
import { serverNow } from '../api/client'
import type { ContextType, ListeningEvent } from '../api/gen'
import { begin, counts, hold, type Listen, resume, tick } from './listen-counter'
import * as listens from './listen-queue'
import type { Entry } from './queue'
import type { Source } from './types'

const CONTEXTS: ReadonlySet<string> = new Set<ContextType>([
  'album',
  'artist',
  'playlist',
  'search',
  'recommendation',
  'charts',
  'history',
  'library',
])
const CONTINUE_MS = 30 * 60_000

/** Measures what is heard and hands each listen on once, when it is final: the first copy of an event_id is the one that counts. */
export class Listening {
  private now: { listen: Listen; entry: Entry; source: Source | undefined } | undefined
  private told: number | undefined

  sounds(entry: Entry, source: Source | undefined, mediaMs: number) {
    const wall = performance.now()
    if (this.now?.entry.key === entry.key) {
      this.now.listen = resume(this.now.listen, mediaMs, wall)
    } else if (this.told !== entry.key) {
      const listen = begin(uuid(), entry.song.id, serverNow().toISOString(), mediaMs, wall)
      this.now = { listen, entry, source }
    }
  }

  progress(mediaMs: number) {
    if (this.now) this.now.listen = tick(this.now.listen, mediaMs, performance.now())
  }

  holds(mediaMs: number) {
    if (this.now) this.now.listen = hold(this.now.listen, mediaMs, performance.now())
  }

  /** A seek is no listening. */
  jumps(mediaMs: number) {
    if (this.now) this.now.listen = resume(this.now.listen, mediaMs, performance.now())
  }

  finish() {
    const { now } = this
    this.now = undefined
    this.told = undefined
    if (now && now.listen.heardMs >= 1000) void listens.enqueue(eventOf(now.listen, now.source))
  }

  /** What a reload or a crash must not lose. As the page goes away, what counts already is sent. */
  keeps(leaving: boolean): { listen?: { listen: Listen; at: number }; told?: number } {
    const { now } = this
    if (!now) return this.told === undefined ? {} : { told: this.told }
    if (!leaving || !counts(now.listen.heardMs, now.entry.song.durationMs)) {
      return { listen: { listen: now.listen, at: Date.now() } }
    }
    listens.sendAtOnce(eventOf(now.listen, now.source))
    this.now = undefined
    this.told = now.entry.key
    return { told: now.entry.key }
  }

  /** Goes on with a listen that a reload interrupted, or finishes one that is too old. */
  restores(
    saved: { listen?: { listen: Listen; at: number }; told?: number },
    entry: Entry | undefined,
    source: Source | undefined,
  ) {
    this.told = saved.told
    if (!saved.listen) return
    const { listen, at } = saved.listen
    if (entry?.song.id === listen.trackId && Date.now() - at < CONTINUE_MS) {
      this.now = { listen: { ...listen, running: false, wallMs: performance.now() }, entry, source }
    } else if (listen.heardMs >= 1000) void listens.enqueue(eventOf(listen, undefined))
  }
}

function eventOf(listen: Listen, source: Source | undefined): ListeningEvent {
  const event: ListeningEvent = {
    event_id: listen.eventId,
    track_id: listen.trackId,
    listened_at: listen.listenedAt,
    ms_played: Math.round(listen.heardMs),
    source: 'web',
  }
  if (!source || !CONTEXTS.has(source.type)) return event
  const type = source.type as ContextType
  return { ...event, context: source.id ? { type, id: source.id } : { type } }
}
