const KEY = 'jonquil.searches'
const MOST = 12

/** What was searched for in this browser, the newest first. */
export function searchesKept(): string[] {
  try {
    const saved = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(saved) ? saved.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

export function keepSearches(searches: string[]) {
  localStorage.setItem(KEY, JSON.stringify(searches.slice(0, MOST)))
}

/** Words that led somewhere are offered again, in this browser only. */
export function remember(q: string) {
  const words = q.trim()
  if (words) keepSearches([words, ...searchesKept().filter((one) => one !== words)])
}

/** Whoever comes next must not see what this person searched for. */
export function dropSearches() {
  localStorage.removeItem(KEY)
}
