const FIRST = 1950

/** The decades that music is looked for in, the newest first. */
export function decades(year: number): number[] {
  const newest = Math.floor(year / 10) * 10
  return Array.from({ length: (newest - FIRST) / 10 + 1 }, (_, at) => newest - at * 10)
}

/** A decade of an address, if it is one. */
export function decadeOf(value: unknown): number | undefined {
  const year = Number(value)
  return Number.isInteger(year) && year >= FIRST && year < 2100 && year % 10 === 0 ? year : undefined
}
