import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { changeQueue } from '../api/gen'
import { EMPTY, type Queue, start } from './queue'
import { startSharedQueue } from './shared-queue'

interface Here {
  userId: string | undefined
  state: { status: string; queue: Queue; positionMs: number }
  signedIn: () => void
  changed: () => void
}
const here = vi.hoisted(() => ({}) as Here)
vi.mock('../api/session', () => ({
  signedInAs: () => here.userId,
  onSession: (listener: () => void) => {
    here.signedIn = listener
    return () => {}
  },
}))
vi.mock('./player', () => ({
  isActive: (state: Here['state']) => state.status === 'playing',
  player: {
    get state() {
      return here.state
    },
    owns: true,
    restored: Promise.resolve(),
    subscribe: (listener: () => void) => {
      here.changed = listener
      return () => {}
    },
  },
}))
vi.mock('../api/gen', () => ({
  changeQueue: vi.fn(),
  getQueue: vi.fn(),
  listQueuedTracks: async () => ({ data: { total: 0, version: 0, items: [] } }),
}))

const song = (id: string) => ({ id, title: id, artistId: 'kino', hasAudio: true }) as never
const sentTo = () => vi.mocked(changeQueue).mock.calls.map(([call]) => call.path.user_id)

function turns(status: 'playing' | 'paused') {
  here.state = { ...here.state, status }
  here.changed()
}

function signsIn(userId: string | undefined) {
  here.userId = userId
  here.signedIn()
}

beforeEach(() => {
  vi.useFakeTimers()
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  })
  vi.stubGlobal('document', new EventTarget())
  vi.mocked(changeQueue)
    .mockReset()
    .mockResolvedValue({ data: { version: 1 } } as never)
  const queue = start(EMPTY, [song('a'), song('b')], 0, undefined)
  here.state = { status: 'paused', queue, positionMs: 0 }
  here.userId = 'ada'
  startSharedQueue(() => {})
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('a queue that was played is kept for whoever played it', async () => {
  turns('paused')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(sentTo()).toEqual([])
  turns('playing')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(sentTo()).toEqual(['ada'])
})

it('somebody else who signs in right after a change does not get the queue of the one before', async () => {
  turns('playing')
  turns('paused')
  await vi.advanceTimersByTimeAsync(1000)
  signsIn('bob')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sentTo()).toEqual([])
  // Once bob plays it, it is his as well, all of it.
  turns('playing')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(sentTo()).toEqual(['bob'])
  expect(vi.mocked(changeQueue).mock.lastCall?.[0].body).toMatchObject({ track_ids: ['a', 'b'] })
})

it('a sign-out right after a change does not stop the queue of whoever signs in later', async () => {
  turns('playing')
  turns('paused')
  signsIn(undefined)
  await vi.advanceTimersByTimeAsync(60_000)
  signsIn('bob')
  turns('playing')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(sentTo()).toEqual(['bob'])
})

it('an answer that comes after somebody else signed in says nothing of their queue', async () => {
  let answer: (value: never) => void = () => {}
  vi.mocked(changeQueue).mockReturnValueOnce(new Promise<never>((done) => (answer = done)) as never)
  turns('playing')
  await vi.advanceTimersByTimeAsync(3000)
  turns('paused')
  signsIn('bob')
  turns('playing')
  answer({ data: { version: 7 } } as never)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(sentTo()).toEqual(['ada', 'bob'])
  expect(vi.mocked(changeQueue).mock.lastCall?.[0].body).toMatchObject({ track_ids: ['a', 'b'] })
  expect(localStorage.getItem('jonquil.queue')).toBe(JSON.stringify({ userId: 'bob', version: 1 }))
})
