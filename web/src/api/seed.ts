import type { QueryKey } from '@tanstack/react-query'
import { queries } from './cache'

/** What a list showed of a thing stands on its page at once. It counts as old, so the page asks for it anew. */
export function seed(queryKey: QueryKey, shown: unknown) {
  if (queries.getQueryData(queryKey) === undefined) queries.setQueryData(queryKey, shown, { updatedAt: 1 })
}
