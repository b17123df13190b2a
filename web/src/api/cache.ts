import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { isStatus, kindOf } from './problem'

/** Nothing that a person or the server must decide is tried again by itself. */
function retry(count: number, error: Error): boolean {
  return count < 2 && ['offline', 'unavailable', 'busy', 'unknown'].includes(kindOf(error))
}

export const queries = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 30 * 60_000,
      retry,
      retryDelay: (count, error) =>
        (isStatus(error, 429, 503) && (error as { retryAfterMs?: number }).retryAfterMs) || 800 * 2 ** count,
      refetchOnWindowFocus: false,
    },
    // Without a connection it fails at once, and is not kept for later: whoever pressed is told.
    mutations: { retry: false, networkMode: 'always' },
  },
})
