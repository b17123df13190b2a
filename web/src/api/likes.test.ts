import { describe, expect, it } from 'vitest'
import { fileName } from './files'
import { isLiked, withLike } from './likes'

const none = { tracks: ['a'], albums: [], artists: [], playlists: [] }

describe('hearts', () => {
  it('are shown before the service answers, and go back', () => {
    const liked = withLike(none, 'track', 'b', true)
    expect(liked.tracks).toEqual(['b', 'a'])
    expect(isLiked(liked, 'track', 'b')).toBe(true)
    expect(isLiked(none, 'track', 'b')).toBe(false)
    expect(withLike(liked, 'track', 'b', false)).toEqual(none)
  })

  it('of one kind are not those of another', () => {
    expect(isLiked(withLike(none, 'album', 'x', true), 'track', 'x')).toBe(false)
  })
})

describe('names of files', () => {
  it('are good on every system', () => {
    expect(fileName('AC/DC: "Live"?', 'xspf')).toBe('AC DC Live.xspf')
    expect(fileName(' . ', 'm3u8')).toBe('jonquil.m3u8')
  })
})
