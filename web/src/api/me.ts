import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { User } from './gen'
import { getMeOptions } from './gen/@tanstack/react-query.gen'
import { isSignedIn, onSession } from './session'

export function useSignedIn(): boolean {
  return useSyncExternalStore(onSession, isSignedIn)
}

/** The signed-in person; `undefined` while unknown or nobody. */
export function useMe(): User | undefined {
  const signedIn = useSignedIn()
  const { data } = useQuery({ ...getMeOptions(), enabled: signedIn, staleTime: 5 * 60_000 })
  return signedIn ? data : undefined
}

export const isArtist = (user: User | undefined) => user?.role === 'artist' || user?.role === 'admin'
export const isAdmin = (user: User | undefined) => user?.role === 'admin'
