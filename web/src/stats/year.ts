import type { UserAnalytics, UserStats } from '../api/gen'

/** The listener's own year, midnight to midnight of where they are. */
export function yearRange(year: number): { from: string; to: string } {
  return { from: new Date(year, 0, 1).toISOString(), to: new Date(year + 1, 0, 1).toISOString() }
}

/** Years that can be looked back on: the present one from November on, and the one before. */
export function yearToReview(now: Date): number {
  return now.getMonth() >= 10 ? now.getFullYear() : now.getFullYear() - 1
}

/** Of fewer plays no more than the numbers can be said. */
export const ENOUGH_PLAYS = 50

export interface Year {
  year: number
  plays: number
  listenedMs: number
  artists: number
  tracks: number
  longestStreak: number
  newTracks: number
  topTracks: {
    id: string
    coverId: string
    title: string
    line: string
    coverUrl: string | null | undefined
    plays: number
  }[]
  topArtists: { id: string; name: string; plays: number }[]
  genres: string[]
  busiestDay: { day: string; plays: number } | undefined
  peakHour: number | undefined
}

const largest = (values: readonly number[]) => {
  const most = Math.max(0, ...values)
  return most > 0 ? values.indexOf(most) : undefined
}

const DAY_MS = 86_400_000

/** The most days in a row with a play; the list has its days in order. */
function longestRun(days: UserStats['by_day']): number {
  let [longest, run, last] = [0, 0, Number.NaN]
  for (const { day, plays } of days) {
    if (plays === 0) continue
    const at = Date.parse(`${day}T00:00:00Z`) / DAY_MS
    run = at === last + 1 ? run + 1 : 1
    last = at
    longest = Math.max(longest, run)
  }
  return longest
}

export function yearOf(year: number, stats: UserStats, habits: Pick<UserAnalytics, 'new_tracks'>): Year {
  const at = largest(stats.by_day.map((day) => day.plays))
  const busiest = at === undefined ? undefined : stats.by_day[at]
  return {
    year,
    plays: stats.plays,
    listenedMs: stats.listened_ms,
    artists: stats.unique_artists,
    tracks: stats.unique_tracks,
    longestStreak: longestRun(stats.by_day),
    newTracks: habits.new_tracks,
    topTracks: stats.top_tracks.slice(0, 5).map(({ track, plays }) => ({
      id: track.id,
      coverId: track.album?.id ?? track.id,
      title: track.title,
      line: track.artist_line,
      coverUrl: track.cover_url,
      plays,
    })),
    topArtists: stats.top_artists.slice(0, 5).map(({ artist, plays }) => ({ id: artist.id, name: artist.name, plays })),
    genres: stats.genres.slice(0, 3).map((one) => one.genre),
    busiestDay: busiest && { day: busiest.day, plays: busiest.plays },
    peakHour: largest(stats.by_hour),
  }
}
