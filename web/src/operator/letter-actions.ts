import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { DeadLetterChoice } from '../api/gen'
import {
  purgeDeadLettersMutation,
  replayDeadLetterMutation,
  replayDeadLettersMutation,
} from '../api/gen/@tanstack/react-query.gen'
import { fail } from '../app/toasts'

export const LETTERS = 'dead-letters'

/** Hands one letter, or those that are chosen, back to the read model that refused it. `done` gets what was done, in words. */
export function useReplay(done: (words: string) => void) {
  const t = useTranslations('operator.letters')
  const client = useQueryClient()
  const after = {
    onSuccess: ({ replayed, more }: { replayed: number; more: boolean }) => {
      done(t(more ? 'replayedMore' : 'replayed', { count: replayed }))
      return Promise.all([
        client.invalidateQueries({ queryKey: [LETTERS] }),
        client.invalidateQueries({ queryKey: [{ _id: 'getDeadLetter' }] }),
      ])
    },
    onError: fail,
  }
  const one = useMutation({ ...replayDeadLetterMutation(), ...after })
  const many = useMutation({ ...replayDeadLettersMutation(), ...after })
  return {
    busy: one.isPending || many.isPending,
    one: (id: string) => one.mutate({ path: { letter_id: id } }),
    many: (choice: DeadLetterChoice) => many.mutate({ body: choice }),
  }
}

/** Forgets letters. Whoever calls it has asked. */
export function usePurge(done: (words: string) => void) {
  const t = useTranslations('operator.letters')
  const client = useQueryClient()
  const purge = useMutation({
    ...purgeDeadLettersMutation(),
    onSuccess: ({ purged, more }) => {
      done(t(more ? 'purgedMore' : 'purged', { count: purged }))
      // A letter that is open is gone with its page; asked for again it would only be a 404.
      return client.invalidateQueries({ queryKey: [LETTERS] })
    },
    onError: fail,
  })
  return { busy: purge.isPending, purge: (choice: DeadLetterChoice) => purge.mutate({ body: choice }) }
}
