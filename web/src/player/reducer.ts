import * as queues from './queue'
import type { Song, Source } from './types'

/** The player as a pure machine: an event gives the next state and what has to be done for it. */
export type Status =
  | 'empty'
  | 'ready'
  | 'loading'
  | 'playing'
  | 'buffering'
  | 'recovering'
  | 'paused'
  | 'other_tab'
  | 'failed'

export type Trouble = 'offline' | 'busy' | 'network' | 'expired' | 'gone' | 'undecodable' | 'refused'

export interface State {
  status: Status
  queue: queues.Queue
  positionMs: number
  durationMs: number
  /** How many times in a row a way out of trouble was tried. */
  attempts: number
  /** How many tracks in a row could not be played. */
  skipped: number
  trouble: Trouble | undefined
  broken: ReadonlySet<number>
}

export type Command =
  | { type: 'play-songs'; songs: Song[]; at: number; source: Source; seed?: number }
  | { type: 'add'; songs: Song[]; where: 'next' | 'last' }
  | { type: 'restore'; queue: queues.Queue; positionMs: number }
  | { type: 'play' | 'pause' | 'toggle' | 'next' | 'previous' | 'clear' | 'retry' }
  | { type: 'jump'; key: number }
  | { type: 'remove'; keys: ReadonlySet<number> }
  | { type: 'move'; keys: ReadonlySet<number>; target: number; place: 'before' | 'after' }
  | { type: 'seek'; positionMs: number }
  | { type: 'shuffle'; on: boolean; seed: number }
  | { type: 'repeat'; repeat: queues.Repeat }
  | { type: 'replace'; queue: queues.Queue }

export type Report =
  | { type: 'sounding' }
  | { type: 'waiting' }
  | { type: 'stalled' }
  | { type: 'progress'; positionMs: number; durationMs: number }
  | { type: 'ended' }
  | { type: 'broke' }
  | { type: 'found'; trouble: Trouble; waitMs?: number }
  | { type: 'other-tab' }

export type Event = Command | Report

export type Effect =
  | { type: 'load'; song: Song; positionMs: number }
  | { type: 'resume' }
  | { type: 'halt' }
  | { type: 'seek'; positionMs: number }
  | { type: 'diagnose'; song: Song }
  | { type: 'retry-after'; ms: number | 'online' }
  | { type: 'finish' }
  | { type: 'own' }
  | { type: 'stop' }

export const INITIAL: State = {
  status: 'empty',
  queue: queues.EMPTY,
  positionMs: 0,
  durationMs: 0,
  attempts: 0,
  skipped: 0,
  trouble: undefined,
  broken: new Set(),
}

const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000]
/** "Previous" goes back to the beginning of a track that was heard for longer than this. */
const RESTART_MS = 3000
const MAX_SKIPPED = 3

type Step = [State, Effect[]]

/** Starts what the queue points at. */
function begin(state: State, queue: queues.Queue, positionMs = 0): Step {
  const entry = queues.current(queue)
  if (!entry) return [{ ...INITIAL, queue }, [{ type: 'finish' }, { type: 'stop' }]]
  const next: State = {
    ...state,
    queue,
    status: 'loading',
    positionMs,
    durationMs: entry.song.durationMs ?? 0,
    attempts: 0,
    trouble: undefined,
  }
  return [next, [{ type: 'finish' }, { type: 'own' }, { type: 'load', song: entry.song, positionMs }]]
}

function goTo(state: State, index: number | undefined): Step {
  if (index === undefined) {
    return [{ ...state, status: 'ready', positionMs: 0 }, [{ type: 'finish' }, { type: 'stop' }]]
  }
  return begin(state, { ...state.queue, index })
}

function play(state: State): Step {
  const entry = queues.current(state.queue)
  if (!entry) return [state, []]
  if (state.status === 'paused') return [{ ...state, status: 'loading' }, [{ type: 'own' }, { type: 'resume' }]]
  if (['ready', 'other_tab', 'failed'].includes(state.status)) return begin(state, state.queue, state.positionMs)
  return [state, []]
}

function pause(state: State): Step {
  const active = ['playing', 'loading', 'buffering', 'recovering'].includes(state.status)
  return active ? [{ ...state, status: 'paused', trouble: undefined }, [{ type: 'halt' }]] : [state, []]
}

const isActive = (state: State) => ['playing', 'loading', 'buffering', 'recovering'].includes(state.status)

/** The queue changed under what plays. */
function withQueue(state: State, queue: queues.Queue): Step {
  const before = queues.current(state.queue)
  const now = queues.current(queue)
  if (before?.key === now?.key) {
    return [{ ...state, queue, status: state.status === 'empty' && now ? 'ready' : state.status }, []]
  }
  if (now && isActive(state)) return begin(state, queue)
  const status = now ? 'ready' : 'empty'
  const durationMs = now?.song.durationMs ?? 0
  return [{ ...state, queue, status, positionMs: 0, durationMs }, [{ type: 'finish' }, { type: 'stop' }]]
}

function command(state: State, event: Command): Step {
  switch (event.type) {
    case 'play-songs':
      return begin({ ...state, skipped: 0 }, queues.start(state.queue, event.songs, event.at, event.source, event.seed))
    case 'add':
      return withQueue(state, queues.add(state.queue, event.songs, event.where))
    case 'restore': {
      const entry = queues.current(event.queue)
      const durationMs = entry?.song.durationMs ?? 0
      const status = entry ? 'ready' : 'empty'
      return [{ ...INITIAL, status, queue: event.queue, positionMs: event.positionMs, durationMs }, []]
    }
    case 'play':
      return play(state)
    case 'pause':
      return pause(state)
    case 'toggle':
      return isActive(state) ? pause(state) : play(state)
    case 'retry':
      return begin({ ...state, skipped: 0 }, state.queue, state.positionMs)
    case 'next':
      return goTo({ ...state, skipped: 0 }, queues.nextIndex(state.queue, false))
    case 'previous':
      return previous(state)
    case 'jump':
      return begin({ ...state, skipped: 0 }, queues.jump(state.queue, event.key))
    case 'remove':
      return withQueue(state, queues.remove(state.queue, event.keys))
    case 'move':
      return withQueue(state, queues.move(state.queue, event.keys, event.target, event.place))
    case 'replace':
      return withQueue(state, event.queue)
    case 'clear':
      return withQueue(state, queues.clearAfter(state.queue))
    case 'seek':
      return seek(state, event.positionMs)
    case 'shuffle':
      return withQueue(state, queues.setShuffle(state.queue, event.on, event.seed))
    case 'repeat':
      return [{ ...state, queue: { ...state.queue, repeat: event.repeat } }, []]
  }
}

function previous(state: State): Step {
  const index = queues.previousIndex(state.queue)
  if (state.positionMs > RESTART_MS || index === undefined) return seek(state, 0)
  return goTo({ ...state, skipped: 0 }, index)
}

function seek(state: State, to: number): Step {
  const positionMs = Math.max(0, Math.min(to, state.durationMs || to))
  const loaded = !['empty', 'ready', 'other_tab', 'failed'].includes(state.status)
  return [{ ...state, positionMs }, loaded ? [{ type: 'seek', positionMs }] : []]
}

function report(state: State, event: Report): Step {
  const entry = queues.current(state.queue)
  switch (event.type) {
    case 'sounding':
      if (!['loading', 'buffering', 'recovering'].includes(state.status)) return [state, []]
      return [{ ...state, status: 'playing', attempts: 0, skipped: 0, trouble: undefined }, []]
    case 'waiting':
      return [state.status === 'playing' ? { ...state, status: 'buffering' } : state, []]
    case 'progress':
      return [{ ...state, positionMs: event.positionMs, durationMs: event.durationMs || state.durationMs }, []]
    case 'stalled':
    case 'broke':
      if (!entry || !isActive(state) || state.status === 'recovering') return [state, []]
      return [{ ...state, status: 'recovering' }, [{ type: 'diagnose', song: entry.song }]]
    case 'found':
      return recover(state, event)
    case 'ended':
      return state.status === 'playing' || state.status === 'buffering'
        ? goTo(state, queues.nextIndex(state.queue, true))
        : [state, []]
    case 'other-tab':
      return isActive(state) ? [{ ...state, status: 'other_tab' }, [{ type: 'halt' }]] : [state, []]
  }
}

/** The way out of trouble depends on its cause; only a track that is gone or damaged is skipped. */
function recover(state: State, event: { trouble: Trouble; waitMs?: number }): Step {
  const entry = queues.current(state.queue)
  if (!entry || !['recovering', 'loading'].includes(state.status)) return [state, []]
  const { trouble } = event
  const recovering: State = { ...state, status: 'recovering', trouble, attempts: state.attempts + 1 }
  if (trouble === 'offline') return [recovering, [{ type: 'retry-after', ms: 'online' }]]
  if (trouble === 'expired' && state.attempts < 3) {
    return [recovering, [{ type: 'load', song: entry.song, positionMs: state.positionMs }]]
  }
  if (trouble === 'gone' || trouble === 'undecodable') {
    const broken = new Set(state.broken).add(entry.key)
    const next = queues.nextIndex(state.queue, false)
    if (next === undefined || next === state.queue.index || state.skipped + 1 >= MAX_SKIPPED) {
      return [{ ...state, broken, status: 'failed', trouble }, [{ type: 'stop' }]]
    }
    return goTo({ ...state, broken, skipped: state.skipped + 1 }, next)
  }
  const wait = event.waitMs ?? BACK_OFF_MS[state.attempts]
  if (trouble === 'refused' || wait === undefined || state.attempts >= BACK_OFF_MS.length) {
    return [{ ...state, status: 'failed', trouble }, [{ type: 'stop' }]]
  }
  return [recovering, [{ type: 'retry-after', ms: wait }]]
}

const REPORTS = new Set(['sounding', 'waiting', 'stalled', 'progress', 'ended', 'broke', 'found', 'other-tab'])

export function step(state: State, event: Event): Step {
  return REPORTS.has(event.type) ? report(state, event as Report) : command(state, event as Command)
}
