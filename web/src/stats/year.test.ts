import { describe, expect, it } from 'vitest'
import type { UserStats } from '../api/gen'
import { yearOf, yearToReview } from './year'

const nothing = {
  plays: 0,
  listened_ms: 0,
  unique_artists: 0,
  unique_tracks: 0,
  streak: { current: 0, longest: 0 },
  top_tracks: [],
  top_artists: [],
  genres: [],
  by_day: [],
  by_hour: Array(24).fill(0),
} as unknown as UserStats

describe('a year in review', () => {
  it('of nothing names no day and no hour', () => {
    const year = yearOf(2026, nothing, { new_tracks: 0 })
    expect(year.busiestDay).toBeUndefined()
    expect(year.peakHour).toBeUndefined()
  })

  it('names the busiest day and hour', () => {
    const by_hour = Array(24).fill(1)
    by_hour[22] = 9
    const by_day = [
      { day: '2026-03-01', plays: 2, listened_ms: 1 },
      { day: '2026-03-02', plays: 7, listened_ms: 1 },
    ]
    const year = yearOf(2026, { ...nothing, by_hour, by_day }, { new_tracks: 3 })
    expect(year.busiestDay).toEqual({ day: '2026-03-02', plays: 7 })
    expect(year.peakHour).toBe(22)
    expect(year.newTracks).toBe(3)
  })

  it('counts days in a row of that year only, whatever was heard before', () => {
    const day = (day: string, plays = 1) => ({ day, plays, listened_ms: 1 })
    const by_day = [
      day('2026-02-27'),
      day('2026-02-28'),
      day('2026-03-01'),
      day('2026-03-02', 0),
      day('2026-03-03'),
      day('2026-03-05'),
    ]
    const streak = { current: 0, longest: 40 }
    expect(yearOf(2026, { ...nothing, streak, by_day }, { new_tracks: 0 }).longestStreak).toBe(3)
  })

  it('is offered from November on', () => {
    expect(yearToReview(new Date(2026, 10, 26))).toBe(2026)
    expect(yearToReview(new Date(2026, 3, 1))).toBe(2025)
  })
})
