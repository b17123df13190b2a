import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { User } from './gen'
import { getMeOptions } from './gen/@tanstack/react-query.gen'
import { isPresent, isSignedIn, onSession } from './session'

/** Also while somebody is asked to sign in again: the page is still theirs. */
export function useSignedIn(): boolean {
  return useSyncExternalStore(onSession, isPresent)
}

/** The signed-in person; `undefined` while unknown or nobody. */
export function useMe(): User | undefined {
  const signedIn = useSignedIn()
  const { data } = useQuery({ ...getMeOptions(), enabled: isSignedIn(), staleTime: 5 * 60_000 })
  return signedIn ? data : undefined
}

export const isArtist = (user: User | undefined) => user?.role === 'artist' || user?.role === 'admin'
export const isAdmin = (user: User | undefined) => user?.role === 'admin'
