import type { DeadLetterBytes, DeadLetterChoice, ListDeadLettersData } from '../api/gen'

type Query = NonNullable<ListDeadLettersData['query']>

/** Which dead letters are shown, and which ones the buttons above the list mean. */
export type LetterFilter = Pick<Query, 'projector' | 'reason' | 'topic'>

export const PROJECTORS = [
  'search',
  'analytics',
  'counters',
  'webhooks',
] as const satisfies readonly Query['projector'][]
export const REASONS = ['malformed', 'unprojectable', 'refused'] as const satisfies readonly Query['reason'][]
export const TOPICS = [
  'jonquil.artists.v1',
  'jonquil.albums.v1',
  'jonquil.tracks.v1',
  'jonquil.users.v1',
  'jonquil.listens.v1',
  'jonquil.playlists.v1',
  'jonquil.playlist-items.v1',
  'jonquil.playlist-activity.v1',
  'jonquil.searches.v1',
  'jonquil.requests.v1',
  'jonquil.favourites.v1',
  'jonquil.dead-letters.v1',
  'jonquil.replays.v1',
] as const satisfies readonly Query['topic'][]

export const isFiltered = (filter: LetterFilter) => Object.values(filter).some((value) => value !== undefined)

/** Every letter that the filter shows, whether its page is loaded or not. */
export const choiceOf = (filter: LetterFilter): DeadLetterChoice => (isFiltered(filter) ? filter : { all: true })

export type Content = { kind: 'event' | 'text' | 'bytes'; text: string } | { kind: 'none' }

/** What can be shown of a letter: the event, else the text, else the bytes. */
export function contentOf(letter: Pick<DeadLetterBytes, 'event' | 'text' | 'base64'>): Content {
  if (letter.event != null) return { kind: 'event', text: JSON.stringify(letter.event, null, 2) }
  if (letter.text) return { kind: 'text', text: letter.text }
  if (letter.base64 != null) return { kind: 'bytes', text: hexDump(letter.base64) }
  return { kind: 'none' }
}

const IN_A_ROW = 8
const MAX_SHOWN = 4096

/** Bytes in rows of eight, which fit on a phone: the place, each byte in hexadecimal, and what is ASCII of them. */
export function hexDump(base64: string, most = MAX_SHOWN): string {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const shown = bytes.subarray(0, most)
  const rows = Array.from({ length: Math.ceil(shown.length / IN_A_ROW) }, (_, at) => {
    const row = [...shown.subarray(at * IN_A_ROW, (at + 1) * IN_A_ROW)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    return `${(at * IN_A_ROW).toString(16).padStart(4, '0')}  ${hex.padEnd(IN_A_ROW * 3 - 1)}  ${ascii}`
  })
  return [...rows, ...(bytes.length > most ? ['…'] : [])].join('\n')
}
