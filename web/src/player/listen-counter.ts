/**
 * Counts how long a track was really heard. A seek adds nothing, and neither does a computer that slept: of a step of the media and a step of
 * the clock the smaller one counts.
 */
export interface Listen {
  eventId: string
  trackId: string
  listenedAt: string
  heardMs: number
  mediaMs: number
  wallMs: number
  running: boolean
}

export function begin(eventId: string, trackId: string, listenedAt: string, mediaMs: number, wallMs: number): Listen {
  return { eventId, trackId, listenedAt, heardMs: 0, mediaMs, wallMs, running: true }
}

export function tick(listen: Listen, mediaMs: number, wallMs: number): Listen {
  if (!listen.running) return { ...listen, mediaMs, wallMs }
  const step = Math.max(0, Math.min(mediaMs - listen.mediaMs, wallMs - listen.wallMs))
  return { ...listen, heardMs: listen.heardMs + step, mediaMs, wallMs }
}

/** Playing goes on from here: after a pause, a stall or a seek. */
export function resume(listen: Listen, mediaMs: number, wallMs: number): Listen {
  return { ...listen, mediaMs, wallMs, running: true }
}

export function hold(listen: Listen, mediaMs: number, wallMs: number): Listen {
  return { ...tick(listen, mediaMs, wallMs), running: false }
}

const SHORTEST_MS = 30_000
const ENOUGH_MS = 240_000

/** The server's rule of what is a play. */
export function counts(heardMs: number, durationMs: number | undefined): boolean {
  if (durationMs === undefined) return heardMs >= SHORTEST_MS
  return durationMs > SHORTEST_MS && Math.min(heardMs, durationMs) >= Math.min(durationMs / 2, ENOUGH_MS)
}
