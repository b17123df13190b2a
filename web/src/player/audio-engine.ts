import type { Report } from './reducer'
import { streamUrl, troubleOf } from './stream-url'

/** Without data for this long while loading, or without progress while buffering, something is wrong. */
const LOADING_MS = 8000
const STALL_MS = 4000
const PREFETCH_LEFT_S = 30

/** The one `<audio>` element of the visit: a locked iPhone goes on only with the element that it started with. */
export class AudioEngine {
  readonly audio = new Audio()
  private readonly report: (event: Report) => void
  private load = 0
  private lastProgress = { at: 0, position: -1 }
  private wanted = false
  private prefetched: { id: string; element: HTMLAudioElement } | undefined
  /** Which track comes next, to fetch it in advance. */
  nextTrack: () => string | undefined = () => undefined

  constructor(report: (event: Report) => void) {
    this.report = report
    const { audio } = this
    audio.preload = 'auto'
    audio.addEventListener('playing', () => {
      this.touch()
      report({ type: 'sounding' })
    })
    audio.addEventListener('waiting', () => report({ type: 'waiting' }))
    audio.addEventListener('ended', () => report({ type: 'ended' }))
    audio.addEventListener('error', () => {
      if (this.wanted) report({ type: 'broke' })
    })
    audio.addEventListener('timeupdate', () => this.progress())
    setInterval(() => this.watch(), 500)
  }

  get positionMs(): number {
    return Math.round(this.audio.currentTime * 1000)
  }

  async start(trackId: string, positionMs: number) {
    const mine = ++this.load
    this.wanted = true
    this.touch()
    this.audio.pause()
    try {
      const url = await streamUrl(trackId)
      if (mine !== this.load) return
      this.audio.src = url
      if (positionMs > 0) this.audio.currentTime = positionMs / 1000
      await this.audio.play()
    } catch (error) {
      if (mine !== this.load || !this.wanted) return
      if (error instanceof DOMException) {
        if (error.name === 'NotAllowedError') this.report({ type: 'found', trouble: 'refused' })
        // Other ones come as the element's own error event, or because a later command paused it.
        return
      }
      this.report({ type: 'found', ...troubleOf(error) })
    }
  }

  resume() {
    this.wanted = true
    this.touch()
    this.audio.play().catch(() => {
      if (this.wanted) this.report({ type: 'broke' })
    })
  }

  halt() {
    this.load++
    this.wanted = false
    this.audio.pause()
  }

  stop() {
    this.halt()
    this.audio.removeAttribute('src')
    this.audio.load()
  }

  seek(positionMs: number) {
    if (this.audio.readyState > 0) this.audio.currentTime = positionMs / 1000
    this.touch()
  }

  private touch() {
    this.lastProgress = { at: performance.now(), position: this.audio.currentTime }
  }

  private progress() {
    const { audio } = this
    if (audio.currentTime !== this.lastProgress.position) this.touch()
    const duration = Number.isFinite(audio.duration) ? Math.round(audio.duration * 1000) : 0
    if (this.wanted) this.report({ type: 'progress', positionMs: this.positionMs, durationMs: duration })
    this.prefetch()
  }

  /** Finds a stop that the browser does not report. */
  private watch() {
    const { audio } = this
    if (!this.wanted || audio.paused) return
    if (audio.currentTime !== this.lastProgress.position) return this.touch()
    const still = performance.now() - this.lastProgress.at
    const atEnd = Number.isFinite(audio.duration) && audio.duration > 0 && audio.duration - audio.currentTime < 0.3
    if (atEnd && still > 1000) return this.report({ type: 'ended' })
    if (still > LOADING_MS) {
      this.touch()
      return this.report({ type: 'stalled' })
    }
    if (still > STALL_MS) this.report({ type: 'waiting' })
  }

  /** The next track comes from the HTTP cache when its turn comes. */
  private prefetch() {
    const { audio } = this
    const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData
    const left = audio.duration - audio.currentTime
    const buffered = audio.buffered.length > 0 && audio.buffered.end(audio.buffered.length - 1) >= audio.duration - 1
    if (saves || !(left > 0) || !(buffered || left < PREFETCH_LEFT_S) || left > PREFETCH_LEFT_S * 4) return
    const id = this.nextTrack()
    if (!id || this.prefetched?.id === id) return
    const element = new Audio()
    this.prefetched = { id, element }
    streamUrl(id).then(
      (url) => {
        element.preload = 'auto'
        element.src = url
      },
      () => {
        this.prefetched = undefined
      },
    )
  }
}
