import { getTrack, headTrackStream } from '../api/gen'
import { ApiProblem, kindOf } from '../api/problem'
import type { Trouble } from './reducer'

/** Signed addresses of audio. One is good for six hours, and asked for anew after five. */
const GOOD_FOR_MS = 5 * 3600_000
const known = new Map<string, { url: string; at: number }>()

export async function streamUrl(trackId: string, fresh = false): Promise<string> {
  const before = known.get(trackId)
  if (!fresh && before && Date.now() - before.at < GOOD_FOR_MS) return before.url
  const { data } = await getTrack({ path: { track_id: trackId }, throwOnError: true })
  if (!data.audio) throw new ApiProblem(404, undefined)
  if (!data.stream_url) throw new ApiProblem(401, undefined)
  if (known.size > 500) known.clear()
  known.set(trackId, { url: data.stream_url, at: Date.now() })
  return data.stream_url
}

export function forgetUrl(trackId: string) {
  known.delete(trackId)
}

export interface Found {
  trouble: Trouble
  waitMs?: number
}

export function troubleOf(error: unknown): Found {
  const waitMs = error instanceof ApiProblem ? error.retryAfterMs : undefined
  const wait = waitMs === undefined ? {} : { waitMs }
  switch (kindOf(error)) {
    case 'offline':
      return { trouble: navigator.onLine ? 'network' : 'offline' }
    case 'gone':
      return { trouble: 'gone' }
    case 'signIn':
    case 'forbidden':
      return { trouble: 'refused' }
    case 'busy':
    case 'unavailable':
      return { trouble: 'busy', ...wait }
    default:
      return { trouble: 'network' }
  }
}

/** Why a track does not sound: asks for the track, then for its audio. */
export async function diagnose(trackId: string, mediaError: number | undefined): Promise<Found> {
  try {
    const url = new URL(await streamUrl(trackId, true), location.href)
    const [exp, sig] = [url.searchParams.get('exp') ?? '', url.searchParams.get('sig') ?? '']
    const head = await headTrackStream({ path: { track_id: trackId }, query: { exp, sig } })
    if (!head.response) return { trouble: navigator.onLine ? 'network' : 'offline' }
    if (head.response.status === 401 || head.response.status === 403) return { trouble: 'expired' }
    if (!head.response.ok) return troubleOf(new ApiProblem(head.response.status, undefined))
    return { trouble: mediaError === 3 || mediaError === 4 ? 'undecodable' : 'expired' }
  } catch (error) {
    return troubleOf(error)
  }
}
