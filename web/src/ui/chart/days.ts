/** The last `count` days up to the newest one of the list, days without a play included. */
export function lastDays(
  byDay: readonly { day: string; plays: number }[],
  count: number,
  today = new Date().toISOString().slice(0, 10),
): { day: string; plays: number }[] {
  const known = new Map(byDay.map((one) => [one.day, one.plays]))
  const end = Date.parse(`${today}T00:00:00Z`)
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(end - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10)
    return { day, plays: known.get(day) ?? 0 }
  })
}
