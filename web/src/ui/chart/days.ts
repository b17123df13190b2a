interface Heard {
  day: string
  plays: number
  listened_ms: number
}

/** The day it is where the listener is. */
export function localDay(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** The last `count` days up to the newest one of the list, days without a play included. */
export function lastDays(byDay: readonly Heard[], count: number, today: string): Heard[] {
  const known = new Map(byDay.map((one) => [one.day, one]))
  const end = Date.parse(`${today}T00:00:00Z`)
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(end - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10)
    return known.get(day) ?? { day, plays: 0, listened_ms: 0 }
  })
}

/** Weeks instead of days, each by its first day; the last one ends with the last day, the first may be shorter. */
export function inWeeks(days: readonly Heard[]): Heard[] {
  const first = days.length % 7
  const starts = [
    ...(first > 0 ? [0] : []),
    ...Array.from({ length: (days.length - first) / 7 }, (_, at) => first + at * 7),
  ]
  return starts.map((start, at) => {
    const week = days.slice(start, starts[at + 1])
    const sum = (read: (day: Heard) => number) => week.reduce((total, day) => total + read(day), 0)
    return { day: week[0]?.day ?? '', plays: sum((day) => day.plays), listened_ms: sum((day) => day.listened_ms) }
  })
}
