import { createStore, del, delMany, entries, set, type UseStore } from 'idb-keyval'
import { type ListeningEvent, postListeningEvents } from '../api/gen'
import { kindOf } from '../api/problem'
import { isSignedIn, presentAs, signedInAs } from '../api/session'

/**
 * Listens wait in the browser until the server has them. They are stored under (user, event_id) before anything is sent, so that neither a
 * lost network nor a closed tab loses or doubles one: the server counts an event_id once.
 */
const BATCH = 100
const BACK_OFF_MS = [2000, 5000, 15_000, 60_000, 300_000]

let store: UseStore | undefined
const listens = () => {
  store ??= createStore('jonquil-listens', 'listens')
  return store
}

let sending = false
let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined
let onRejected: (count: number) => void = () => {}
const onSent = new Set<() => void>()

export async function enqueue(event: ListeningEvent) {
  const user = presentAs()
  if (!user || !event.event_id) return
  await set(`${user}/${event.event_id}`, event, listens())
  void flush()
}

/** As the page goes away: no time to wait for the database, which has it as well. */
export function sendAtOnce(event: ListeningEvent) {
  const user = presentAs()
  if (!user || !event.event_id) return
  const key = `${user}/${event.event_id}`
  void set(key, event, listens())
  void postListeningEvents({ body: { events: [event] }, keepalive: true }).then((answer) => {
    if (answer.data) return del(key, listens())
  })
}

async function mine(): Promise<[string, ListeningEvent][]> {
  const prefix = `${signedInAs()}/`
  const all = await entries<string, ListeningEvent>(listens())
  return all.filter(([key]) => key.startsWith(prefix)).slice(0, BATCH)
}

export async function flush() {
  if (sending || !isSignedIn() || !navigator.onLine) return
  sending = true
  clearTimeout(timer)
  try {
    for (let batch = await mine(); batch.length > 0; batch = await mine()) {
      const answer = await postListeningEvents({ body: { events: batch.map(([, event]) => event) } })
      if (!answer.data) throw answer.error
      // Rejected ones will be rejected again.
      await delMany(
        batch.map(([key]) => key),
        listens(),
      )
      if (answer.data.rejected.length > 0) onRejected(answer.data.rejected.length)
      for (const listener of onSent) listener()
    }
    failures = 0
  } catch (error) {
    if (kindOf(error) !== 'signIn') {
      timer = setTimeout(() => void flush(), BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)])
      failures++
    }
  } finally {
    sending = false
  }
}

/** How many wait, for whoever wants to know. */
export async function waiting(): Promise<number> {
  return (await mine()).length
}

export function startListenQueue(rejected: (count: number) => void) {
  onRejected = rejected
  addEventListener('online', () => void flush())
  void flush()
}

export function onListensSent(listener: () => void): () => void {
  onSent.add(listener)
  return () => onSent.delete(listener)
}
