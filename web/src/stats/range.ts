import { localDay } from '../ui/chart/days'
import type { Period } from '../ui/period'

/** The time that statistics are of: a period up to now, or days of one's own, both of them included. */
export type Range = { period: Period } | { from: string; to: string }

/** Of all time the service lists the last thirty days. */
const DAYS: Record<Period, number> = { day: 2, week: 7, month: 30, year: 365, all: 30 }
const DAY_MS = 86_400_000
/** The service lists no more days. */
const MAX_DAYS = 366

const numberOf = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS

/** A day as an address has it, if there is such a day. */
export function dayOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return undefined
  const day = numberOf(value)
  return Number.isNaN(day) || new Date(day * DAY_MS).toISOString().slice(0, 10) !== value ? undefined : value
}

/** Of what stands in the address; the earlier day first, whichever was typed where. */
export function rangeOf(search: { period?: Period; from?: string; to?: string }): Range {
  const { period = 'month', from, to } = search
  if (!from || !to) return { period }
  return from <= to ? { from, to } : { from: to, to: from }
}

/** What the service is asked: days begin at midnight of where the listener is. */
export function queryOf(range: Range): { period: Period } | { from: string; to: string } {
  if ('period' in range) return range
  const midnight = (day: string, later: number) => {
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
    return new Date(year, month - 1, date + later).toISOString()
  }
  return { from: midnight(range.from, 0), to: midnight(range.to, 1) }
}

/** How many days the picture shows, and which is the last. */
export function daysOf(range: Range, now: Date): { count: number; last: string } {
  if ('period' in range) return { count: DAYS[range.period], last: localDay(now) }
  return { count: Math.min(MAX_DAYS, numberOf(range.to) - numberOf(range.from) + 1), last: range.to }
}

/** The last thirty days, to begin with when days of one's own are chosen. */
export function lastMonth(now: Date): { from: string; to: string } {
  return { from: localDay(new Date(now.getTime() - 29 * DAY_MS)), to: localDay(now) }
}
