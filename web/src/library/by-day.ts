/** Listens in groups of one local day, newest first, as they come. */
export function byDay<T extends { listened_at: string }>(listens: readonly T[]): { day: string; listens: T[] }[] {
  const days: { day: string; key: string; listens: T[] }[] = []
  for (const listen of listens) {
    const key = new Date(listen.listened_at).toDateString()
    const last = days.at(-1)
    if (last?.key === key) last.listens.push(listen)
    else days.push({ key, day: listen.listened_at, listens: [listen] })
  }
  return days
}
