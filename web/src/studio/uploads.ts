import { useSyncExternalStore } from 'react'
import { queries } from '../api/cache'
import { withProgress } from '../api/client'
import { type Album, type RejectedFile, type Track, uploadAlbum, uploadFile } from '../api/gen'
import { ApiProblem, isStatus, kindOf } from '../api/problem'
import { isOnline } from '../app/online'
import type { Details } from './fields'

/** The uploads of this visit. They go on while other pages are open; a failed file blocks no other. */
export interface Item {
  id: number
  file: File
  status: 'held' | 'waiting' | 'sending' | 'reading' | 'done' | 'known' | 'failed'
  sent: number
  /** In place of the tags. */
  details?: Details
  track?: Track
  /** Of an archive. */
  album?: Album
  rejected?: RejectedFile[]
  /** What the page itself knows of a refusal; else the error says it. */
  detail?: 'notAudio' | 'noArtist'
  error?: unknown
  knownId?: string
}

const ARCHIVE = /\.zip$/i
const AUDIO = /\.(mp3|flac|ogg|oga|opus|m4a|mp4|aac|wav|wave)$/i
export const MAX_BYTES = 200 * 1024 * 1024
export const MAX_ARCHIVE_BYTES = 2 * 1024 * 1024 * 1024
const AT_ONCE = 2

let items: readonly Item[] = []
let next = 1
let paused = false
const listeners = new Set<() => void>()
const aborts = new Map<number, AbortController>()

function set(value: readonly Item[]) {
  items = value
  say()
}

function say() {
  for (const listener of listeners) listener()
}

const change = (id: number, part: Partial<Item>) =>
  set(items.map((item) => (item.id === id ? { ...item, ...part } : item)))

export const isArchive = (item: Item) => ARCHIVE.test(item.file.name)

/** Files that are to be looked at first are held until they are sent one by one, or all together. */
export function addFiles(files: readonly File[], hold: boolean) {
  const fresh = files.map((file): Item => {
    const item = { id: next++, file, sent: 0 }
    const archive = ARCHIVE.test(file.name)
    if (!archive && !AUDIO.test(file.name)) return { ...item, status: 'failed', detail: 'notAudio' }
    if (file.size > (archive ? MAX_ARCHIVE_BYTES : MAX_BYTES))
      return { ...item, status: 'failed', error: new ApiProblem(413, undefined) }
    return { ...item, status: hold ? 'held' : 'waiting' }
  })
  set([...items, ...fresh])
  pump()
}

export function removeItem(id: number) {
  aborts.get(id)?.abort()
  aborts.delete(id)
  set(items.filter((item) => item.id !== id))
}

export function sendHeld(id: number, details: Details) {
  change(id, { status: 'waiting', details })
  pump()
}

export function again(id: number) {
  change(id, { status: 'waiting', sent: 0 })
  pump()
}

/** Those that only lacked an artist, now that there is a profile. */
export function againAll() {
  set(items.map((item) => (item.detail === 'noArtist' ? { ...withoutResult(item), status: 'waiting', sent: 0 } : item)))
  pump()
}

const withoutResult = ({ id, file, details }: Item) => ({ id, file, ...(details && { details }) })

export function clearDone() {
  set(items.filter((item) => item.status !== 'done' && item.status !== 'known'))
}

/** Nothing goes until it is continued. What is on its way begins anew then; what arrived whole is not held back. */
export function pauseUploads() {
  paused = true
  const stopped = new Set(items.filter((item) => item.status === 'sending').map((item) => item.id))
  for (const id of stopped) aborts.get(id)?.abort()
  set(items.map((item) => (stopped.has(item.id) ? { ...item, status: 'waiting', sent: 0 } : item)))
}

export function continueUploads() {
  paused = false
  say()
  pump()
}

/** Without a connection they wait; they go by themselves when it is back. */
function pump() {
  if (paused || !isOnline()) return
  const busy = items.filter((item) => item.status === 'sending' || item.status === 'reading').length
  const waiting = items.filter((item) => item.status === 'waiting').slice(0, Math.max(0, AT_ONCE - busy))
  for (const item of waiting) void send(item)
}

async function send(item: Item) {
  const abort = new AbortController()
  aborts.set(item.id, abort)
  change(item.id, { status: 'sending' })
  try {
    const progress = (sent: number, of: number) =>
      change(item.id, { sent: sent / Math.max(1, of), status: sent >= of ? 'reading' : 'sending' })
    const done = await upload(item, withProgress(progress, abort.signal))
    change(item.id, { status: 'done', sent: 1, ...done })
    void queries.invalidateQueries()
  } catch (error) {
    if (abort.signal.aborted) return
    if (kindOf(error) === 'offline' && !isOnline()) return change(item.id, { status: 'waiting', sent: 0 })
    const known = isStatus(error, 409) ? trackIn((error as ApiProblem).message) : undefined
    change(item.id, {
      status: known ? 'known' : 'failed',
      error,
      ...(lacksArtist(error) && { detail: 'noArtist' }),
      ...(known && { knownId: known }),
      ...(error instanceof ApiProblem && { rejected: refusedFiles(error) }),
    })
  } finally {
    if (aborts.get(item.id) === abort) aborts.delete(item.id)
    pump()
  }
}

/** An archive becomes an album; each of its files that is none of music is named. */
async function upload(item: Item, sender: ReturnType<typeof withProgress>): Promise<Partial<Item>> {
  const { file, details } = item
  if (!isArchive(item)) {
    return { track: (await uploadFile({ body: { file, ...details }, fetch: sender, throwOnError: true })).data }
  }
  const body = { files: [file], ...(details?.title && { title: details.title }) }
  const { data } = await uploadAlbum({ body, fetch: sender, throwOnError: true })
  return { album: data.album, rejected: data.rejected }
}

/** The track that a refusal names as having the same audio. */
export const trackIn = (reason: string): string | undefined => reason.match(/[0-9a-f-]{36}/)?.[0]

/** Of an album of which nothing went in: its files, each with its reason. */
const refusedFiles = (error: ApiProblem): RejectedFile[] =>
  (error.body as { rejected?: RejectedFile[] } | undefined)?.rejected ?? []

const lacksArtist = (error: unknown) =>
  isStatus(error, 422) && (error as ApiProblem).faults.some((fault) => fault.field === 'artist_id')

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useUploads(): readonly Item[] {
  return useSyncExternalStore(subscribe, () => items)
}

export function useUploadsPaused(): boolean {
  return useSyncExternalStore(subscribe, () => paused)
}

addEventListener('online', pump)

addEventListener('beforeunload', (event) => {
  if (items.some((item) => ['held', 'waiting', 'sending', 'reading'].includes(item.status))) event.preventDefault()
})
