import { useSyncExternalStore } from 'react'
import { queries } from '../api/cache'
import { withProgress } from '../api/client'
import { type Album, type RejectedFile, type Track, uploadAlbum, uploadFile } from '../api/gen'
import { ApiProblem, isStatus } from '../api/problem'

/** The uploads of this visit. They go on while other pages are open; a failed file blocks no other. */
export interface Item {
  id: number
  file: File
  status: 'waiting' | 'sending' | 'reading' | 'done' | 'known' | 'failed'
  sent: number
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
const listeners = new Set<() => void>()
const aborts = new Map<number, AbortController>()

function set(value: readonly Item[]) {
  items = value
  for (const listener of listeners) listener()
}

const change = (id: number, part: Partial<Item>) =>
  set(items.map((item) => (item.id === id ? { ...item, ...part } : item)))

export function addFiles(files: readonly File[]) {
  const fresh = files.map((file): Item => {
    const item = { id: next++, file, sent: 0 }
    const archive = ARCHIVE.test(file.name)
    if (!archive && !AUDIO.test(file.name)) return { ...item, status: 'failed', detail: 'notAudio' }
    if (file.size > (archive ? MAX_ARCHIVE_BYTES : MAX_BYTES))
      return { ...item, status: 'failed', error: new ApiProblem(413, undefined) }
    return { ...item, status: 'waiting' }
  })
  set([...items, ...fresh])
  pump()
}

export function removeItem(id: number) {
  aborts.get(id)?.abort()
  aborts.delete(id)
  set(items.filter((item) => item.id !== id))
}

export function again(id: number) {
  change(id, { status: 'waiting', sent: 0 })
  pump()
}

/** Those that only lacked an artist, now that there is a profile. */
export function againAll() {
  set(
    items.map((item) =>
      item.detail === 'noArtist' ? { id: item.id, file: item.file, status: 'waiting', sent: 0 } : item,
    ),
  )
  pump()
}

export function clearDone() {
  set(items.filter((item) => item.status !== 'done' && item.status !== 'known'))
}

function pump() {
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
    const done = await upload(item.file, withProgress(progress, abort.signal))
    change(item.id, { status: 'done', sent: 1, ...done })
    void queries.invalidateQueries()
  } catch (error) {
    if (abort.signal.aborted) return
    const known =
      error instanceof ApiProblem && error.status === 409 ? error.message.match(/[0-9a-f-]{36}/)?.[0] : undefined
    change(item.id, {
      status: known ? 'known' : 'failed',
      error,
      ...(lacksArtist(error) && { detail: 'noArtist' }),
      ...(known && { knownId: known }),
    })
  } finally {
    aborts.delete(item.id)
    pump()
  }
}

/** An archive becomes an album; each of its files that is none of music is named. */
async function upload(file: File, sender: ReturnType<typeof withProgress>): Promise<Partial<Item>> {
  if (!ARCHIVE.test(file.name)) {
    return { track: (await uploadFile({ body: { file }, fetch: sender, throwOnError: true })).data }
  }
  const { data } = await uploadAlbum({ body: { files: [file] }, fetch: sender, throwOnError: true })
  return { album: data.album, rejected: data.rejected }
}

const lacksArtist = (error: unknown) =>
  isStatus(error, 422) && (error as ApiProblem).faults.some((fault) => fault.field === 'artist_id')

export function useUploads(): readonly Item[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => items,
  )
}

addEventListener('beforeunload', (event) => {
  if (items.some((item) => ['waiting', 'sending', 'reading'].includes(item.status))) event.preventDefault()
})
