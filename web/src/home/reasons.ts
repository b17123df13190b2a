import type { Recommendation } from '../api/gen'

/** The titles that led to most of a list, the strongest first. */
export function reasons(items: readonly Pick<Recommendation, 'because'>[], most = 2): string[] {
  const counts = new Map<string, { title: string; times: number }>()
  for (const { because } of items) {
    for (const { id, title } of because) {
      const known = counts.get(id)
      counts.set(id, { title, times: (known?.times ?? 0) + 1 })
    }
  }
  const sorted = [...counts.values()].sort((one, two) => two.times - one.times)
  return sorted.slice(0, most).map((one) => one.title)
}
