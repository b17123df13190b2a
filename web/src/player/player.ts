import { useSyncExternalStore } from 'react'
import { AudioEngine } from './audio-engine'
import * as mediaSession from './media-session'
import { Listening } from './play-time'
import { current, nextIndex } from './queue'
import { type Effect, type Event, INITIAL, type State, step } from './reducer'
import { readQueue, readSmall, readVolume, type Volume, writeQueue, writeSmall, writeVolume } from './saved'
import { diagnose, forgetUrl } from './stream-url'
import { Tabs } from './tabs'

/** Joins the pure machine to the audio element, the other tabs, the lock screen and the storage. */
class Player {
  state: State = INITIAL
  volume: Volume = readVolume()
  /** Once the queue of the last visit is back. */
  readonly restored: Promise<void>
  private readonly engine = new AudioEngine((event) => this.send(event))
  private readonly listening = new Listening()
  private readonly tabs = new Tabs(() => this.send({ type: 'other-tab' }))
  private readonly listeners = new Set<() => void>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private saving: ReturnType<typeof setTimeout> | undefined
  private isRestored = false
  private savedAt = 0

  constructor() {
    this.applyVolume()
    this.engine.nextTrack = () => {
      const { queue } = this.state
      const next = nextIndex(queue, true)
      return next === undefined || next === queue.index ? undefined : queue.entries[next]?.song.id
    }
    mediaSession.register({
      play: () => this.send({ type: 'play' }),
      pause: () => this.send({ type: 'pause' }),
      next: () => this.send({ type: 'next' }),
      previous: () => this.send({ type: 'previous' }),
      seek: (positionMs) => this.send({ type: 'seek', positionMs }),
    })
    addEventListener('pagehide', () => this.save(true))
    this.restored = this.restore()
  }

  /** Whether this tab is the one that plays. */
  get owns(): boolean {
    return this.tabs.owner
  }

  private async restore() {
    const queue = await readQueue()
    const small = readSmall()
    if (this.state.status === 'empty' && queue.entries.length > 0) {
      this.listening.restores(small ?? {}, current(queue), queue.source)
      this.send({ type: 'restore', queue, positionMs: small?.positionMs ?? 0 })
    }
    this.isRestored = true
  }

  send(event: Event) {
    const before = this.state
    const [after, effects] = step(before, event)
    this.state = after
    this.hear(event, before, after)
    for (const effect of effects) this.perform(effect)
    if (before === after) return
    if (before.status !== after.status || before.queue !== after.queue) mediaSession.describe(after)
    if (before.queue.entries !== after.queue.entries) this.saveSoon()
    if (before.status !== after.status || Date.now() - this.savedAt > 5000) this.save(false)
    for (const listener of this.listeners) listener()
  }

  /** What the listener's clock has to know. */
  private hear(event: Event, before: State, after: State) {
    const { positionMs } = this.engine
    const entry = current(after.queue)
    if (event.type === 'sounding' && after.status === 'playing' && entry) {
      this.listening.sounds(entry, entry.mine ? undefined : after.queue.source, positionMs)
      mediaSession.place(after.positionMs, after.durationMs)
    } else if (event.type === 'progress') {
      this.listening.progress(event.positionMs)
    } else if (before.status === 'playing' && after.status !== 'playing') {
      this.listening.holds(positionMs)
    }
  }

  private perform(effect: Effect) {
    switch (effect.type) {
      case 'load':
        clearTimeout(this.timer)
        return void this.engine.start(effect.song.id, effect.positionMs)
      case 'resume':
        return this.engine.resume()
      case 'halt':
        clearTimeout(this.timer)
        return this.engine.halt()
      case 'stop':
        clearTimeout(this.timer)
        return this.engine.stop()
      case 'seek':
        this.listening.holds(this.engine.positionMs)
        this.engine.seek(effect.positionMs)
        if (this.state.status === 'playing') this.listening.jumps(effect.positionMs)
        return mediaSession.place(effect.positionMs, this.state.durationMs)
      case 'diagnose':
        return void this.diagnose(effect.song.id)
      case 'retry-after':
        return this.retryAfter(effect.ms)
      case 'finish':
        return this.listening.finish()
      case 'own':
        return this.tabs.own()
    }
  }

  private async diagnose(trackId: string) {
    const found = await diagnose(trackId, this.engine.audio.error?.code)
    if (found.trouble === 'expired') forgetUrl(trackId)
    if (current(this.state.queue)?.song.id === trackId) this.send({ type: 'found', ...found })
  }

  private retryAfter(ms: number | 'online') {
    const again = () => {
      const entry = current(this.state.queue)
      if (this.state.status === 'recovering' && entry) void this.engine.start(entry.song.id, this.state.positionMs)
    }
    clearTimeout(this.timer)
    if (ms === 'online') addEventListener('online', again, { once: true })
    else this.timer = setTimeout(again, ms)
  }

  setVolume(volume: Volume) {
    this.volume = volume
    this.applyVolume()
    writeVolume(volume)
    for (const listener of this.listeners) listener()
  }

  private applyVolume() {
    // Loudness is heard by its square root; the slider moves evenly.
    this.engine.audio.volume = this.volume.level ** 2
    this.engine.audio.muted = this.volume.muted
  }

  private saveSoon() {
    clearTimeout(this.saving)
    this.saving = setTimeout(() => void (this.tabs.owner && writeQueue(this.state.queue)), 300)
  }

  /** The queue is usually written a moment later; whoever leaves may close the tab before. */
  saveNow(): Promise<void> {
    clearTimeout(this.saving)
    return writeQueue(this.state.queue)
  }

  private save(leaving: boolean) {
    if (!this.isRestored || !this.tabs.owner) return
    this.savedAt = Date.now()
    const { queue, positionMs } = this.state
    const { index, shuffled, repeat } = queue
    if (leaving) void writeQueue(queue)
    writeSmall({ index, positionMs, shuffled, repeat, ...this.listening.keeps(leaving) })
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export const player = new Player()

/** A part of the player's state; the selector answers something that compares by identity. */
export function usePlayer<T>(select: (state: State) => T): T {
  return useSyncExternalStore(player.subscribe, () => select(player.state))
}

export function useVolume(): Volume {
  return useSyncExternalStore(player.subscribe, () => player.volume)
}

export const isActive = (state: State) => ['playing', 'loading', 'buffering', 'recovering'].includes(state.status)
