import { QueryClient } from '@tanstack/react-query'
import { expect, it, vi } from 'vitest'
import { listTracksOfAlbum, type Track } from './gen'
import { byPlays, tracksOfAlbum } from './reads'

vi.mock('./gen', () => ({ listTracksOfAlbum: vi.fn(), listTracksOfArtist: vi.fn(), getArtistStats: vi.fn() }))

const track = (id: string, plays: number) => ({ id, plays }) as Track

it('an old favourite stands before the newest tracks, and nothing stands twice', () => {
  const top = [track('old', 90), track('b', 50)]
  const newest = [track('c', 1), track('b', 50), track('d', 7)]
  expect(byPlays(top, newest).map((one) => one.id)).toEqual(['old', 'b', 'd', 'c'])
  expect(byPlays([], newest).map((one) => one.id)).toEqual(['b', 'd', 'c'])
})

it('a long album has all of its tracks, page after page', async () => {
  const pages = [
    { items: [track('a', 0), track('b', 0)], next_cursor: 'o2' },
    { items: [track('c', 0)], next_cursor: null },
  ]
  vi.mocked(listTracksOfAlbum).mockImplementation((async () => ({ data: pages.shift() })) as never)
  const tracks = await new QueryClient().fetchQuery(tracksOfAlbum('box'))
  expect(tracks.map((one) => one.id)).toEqual(['a', 'b', 'c'])
  expect(vi.mocked(listTracksOfAlbum).mock.calls.map(([asked]) => asked.query)).toEqual([
    { limit: 100 },
    { limit: 100, cursor: 'o2' },
  ])
})
