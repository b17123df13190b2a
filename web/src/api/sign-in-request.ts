import { useSyncExternalStore } from 'react'
import { isSignedIn } from './session'

/** A visitor wants something that needs an account: a dialog opens, and the wish is granted after the sign-in. */
export type Reason = 'play' | 'like' | 'library' | 'report' | 'ended'

interface Request {
  reason: Reason
  grant: () => void
}

let open: Request | undefined
const listeners = new Set<() => void>()

function set(request: Request | undefined) {
  open = request
  for (const listener of listeners) listener()
}

export function askToSignIn(reason: Reason, grant: () => void) {
  if (isSignedIn()) grant()
  else set({ reason, grant })
}

/** The session ended by itself: sign in over the page, which keeps its form. */
export function askAgain() {
  set({ reason: 'ended', grant: () => {} })
}

export function close() {
  set(undefined)
}

export function granted() {
  const request = open
  set(undefined)
  request?.grant()
}

export function useSignInRequest(): Request | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => open,
  )
}
