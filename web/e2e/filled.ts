import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { eventually, get, passwordOf, service, session } from './browser'
import { wav } from './wav'

/** Accounts that nobody else's story looks at: one that has heard, liked and gathered things, and an artist who is heard. */
export interface Filled {
  playlist: string
  person: string
  /** A track of kim's that was heard. */
  own: string
}

type Track = { id: string; title: string; duration_ms: number }
const DAY_MS = 86_400_000

async function send(method: string, path: string, token: string | undefined, body?: unknown): Promise<unknown> {
  const isForm = body instanceof FormData
  const answer = await fetch(service + path, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  })
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true)
  return answer.status === 204 ? undefined : answer.json()
}

async function account(name: string, role: 'listener' | 'artist') {
  const body = { username: name, email: `${name}@example.org`, password: passwordOf(name), role }
  await send('POST', '/api/v1/auth/register', undefined, body)
  const { access_token: token } = await session(name)
  const { id } = await get<{ id: string }>('/api/v1/auth/me', token)
  return { id, token }
}

/** Some tracks a day for two weeks, most of them in the evening, one of them left in the middle. */
function listens(tracks: Track[]) {
  return Array.from({ length: 14 }, (_, day) => day).flatMap((day) =>
    tracks.slice(0, 3 + ((day * 5) % 7)).map((track, at) => ({
      event_id: randomUUID(),
      track_id: track.id,
      ms_played: at === 2 ? 20_000 : track.duration_ms,
      listened_at: new Date(Date.now() - day * DAY_MS - (at + 1) * 400_000 - ((day * 3) % 5) * 3_600_000).toISOString(),
      context: { type: 'search' },
    })),
  )
}

async function artist(): Promise<Track> {
  const { id, token } = await account('kim', 'artist')
  await send('POST', '/api/v1/artists/', token, { name: 'Kim of the Harbour', user_id: id })
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(wav(31, 180))]), 'Harbour lights.wav')
  return (await send('POST', '/api/v1/upload/uploadfile/', token, form)) as Track
}

let filled: Promise<Filled> | undefined

/** Once for all pages of a run. */
export function fill(): Promise<Filled> {
  filled ??= make()
  return filled
}

async function make(): Promise<Filled> {
  const own = await artist()
  const { items } = await get<{ items: Track[] }>('/api/v1/tracks/?limit=12&sort=plays')
  const artists = await get<{ items: { id: string }[] }>('/api/v1/artists/?limit=3&sort=plays')
  const { id, token } = await account('anna', 'listener')
  const tracks = [...items.slice(0, 4), { ...own, duration_ms: 31_000 }, ...items.slice(4)]
  await send('POST', '/api/v1/analytics/listening-events', token, { events: listens(tracks) })
  for (const track of items.slice(2, 7)) await send('PUT', `/api/v1/users/${id}/favourites/track/${track.id}`, token)
  const albums = await get<{ items: { id: string }[] }>('/api/v1/albums/?limit=3')
  for (const album of albums.items) await send('PUT', `/api/v1/users/${id}/favourites/album/${album.id}`, token)
  for (const one of artists.items) await send('PUT', `/api/v1/users/${id}/following/${one.id}`, token)
  const reasons = ['This is a recording of mine; I did not upload it.', 'The cover shows something else.']
  for (const [at, reason] of reasons.entries())
    await send('POST', '/api/v1/reports', token, { type: 'track', id: items[at]?.id, reason })
  await send('POST', '/api/v1/reports', token, {
    type: 'artist',
    id: artists.items[0]?.id,
    reason: 'Two bands in one.',
  })
  const track_ids = tracks.slice(0, 7).map((track) => track.id)
  const playlist = (await send('POST', '/api/v1/playlists/', token, {
    title: 'Late train',
    description: 'Wet leaves, empty platforms',
    visibility: 'public',
    track_ids,
  })) as { id: string }
  await send('POST', '/api/v1/playlists/', token, { title: 'Утро без кофе', track_ids: track_ids.slice(3) })
  await eventually(
    'the statistics have it',
    () => get<{ plays: number }>(`/api/v1/users/${id}/stats?period=month`, token),
    (stats) => stats.plays > 40,
  )
  return { playlist: playlist.id, person: id, own: own.id }
}
