import { changeQueue, getQueue, listQueuedTracks, type PlayQueue, type Track } from '../api/gen'
import { onSession, signedInAs } from '../api/session'
import { isActive, player } from './player'
import type { Queue } from './queue'
import { isSame, queueOf } from './queue-handover'

/**
 * The queue at the service, for the next device. This device keeps it there once it has played; the last one that did is right. What another
 * device left is taken over where nothing is queued here, else it is offered.
 */
const SETTLE_MS = 3000
const PLACE_EVERY_MS = 30_000
const PART = 500
const KEY = 'jonquil.queue'

type Offer = (title: string, take: () => void) => void

/** The version that this browser wrote or saw last, of one person. */
function seen(userId: string): number {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as { userId?: string; version?: number } | null
    return kept?.userId === userId ? (kept.version ?? 0) : 0
  } catch {
    return 0
  }
}

const see = (userId: string, version: number) => localStorage.setItem(KEY, JSON.stringify({ userId, version }))

class SharedQueue {
  private sent: { queue: Queue; active: boolean; at: number } | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private userId = signedInAs()
  private played = false

  constructor(private readonly offer: Offer) {}

  /** Somebody else signed in, or nobody is. */
  session() {
    const userId = signedInAs()
    if (userId === this.userId) return
    this.userId = userId
    // What waits to be sent is the queue of whoever was signed in until now.
    clearTimeout(this.timer)
    this.timer = undefined
    this.sent = undefined
    this.played = isActive(player.state)
    void this.look()
  }

  changed() {
    const { state } = player
    const active = isActive(state)
    this.played ||= active
    if (!this.userId || !this.played || !player.owns || this.timer) return
    const { sent } = this
    const placeIsOld = active && Date.now() - (sent?.at ?? 0) > PLACE_EVERY_MS
    if (sent?.queue === state.queue && sent.active === active && !placeIsOld) return
    this.timer = setTimeout(() => void this.send(), SETTLE_MS)
  }

  private async send() {
    const { userId, sent } = this
    const { queue, positionMs } = player.state
    if (!userId) return
    const body = {
      ...(queue.entries !== sent?.queue.entries && { track_ids: queue.entries.map((entry) => entry.song.id) }),
      ...(queue.index >= 0 && { index: queue.index, position_ms: Math.round(positionMs) }),
      repeat: queue.repeat,
      shuffle: queue.shuffled,
    }
    const active = isActive(player.state)
    const { data } = await changeQueue({ path: { user_id: userId }, body })
    // Somebody else signed in meanwhile, and waits by a timer of their own.
    if (this.userId !== userId) return
    if (data) {
      see(userId, data.version)
      this.sent = { queue, active, at: Date.now() }
    }
    // Without an answer it is sent again after a while: the queue of this browser is not lost by that.
    const wait = data ? 0 : PLACE_EVERY_MS
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.changed()
    }, wait)
  }

  /** Whether another device was here since. */
  async look() {
    await player.restored
    const { userId } = this
    if (!userId || isActive(player.state)) return
    const path = { user_id: userId }
    const first = await listQueuedTracks({ path, query: { limit: 1 } })
    if (!first.data || first.data.total === 0 || first.data.version === seen(userId)) return
    const { data: shared } = await getQueue({ path })
    if (!shared || this.userId !== userId) return
    see(userId, shared.version)
    if (isSame(shared, player.state.queue)) return
    const take = () => this.take(userId, shared)
    if (player.state.status === 'empty') return take()
    const { data: there } = await listQueuedTracks({ path, query: { offset: shared.index, limit: 1 } })
    const title = there?.items[0]?.title
    if (title) this.offer(title, () => void take())
  }

  private async take(userId: string, shared: PlayQueue) {
    const tracks: (Track | null)[] = []
    while (tracks.length < shared.track_ids.length) {
      const query = { offset: tracks.length, limit: PART }
      const { data } = await listQueuedTracks({ path: { user_id: userId }, query })
      // It changed meanwhile: what it is now is looked at the next time.
      if (!data || data.version !== shared.version || data.items.length === 0) return
      tracks.push(...data.items)
    }
    if (isActive(player.state)) return
    const [queue, positionMs] = queueOf(shared, tracks, player.state.queue.nextKey)
    if (queue.entries.length === 0) return
    player.send({ type: 'replace', queue })
    player.send({ type: 'seek', positionMs })
  }
}

export function startSharedQueue(offer: Offer): () => void {
  const shared = new SharedQueue(offer)
  const seenAgain = () => void (document.visibilityState === 'visible' && shared.look())
  const stops = [player.subscribe(() => shared.changed()), onSession(() => shared.session())]
  document.addEventListener('visibilitychange', seenAgain)
  void shared.look()
  return () => {
    for (const stop of stops) stop()
    document.removeEventListener('visibilitychange', seenAgain)
  }
}
