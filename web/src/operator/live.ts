import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { type PlatformStats, streamPlatformStats } from '../api/gen'
import { getPlatformStatsOptions, getPlatformStatsQueryKey } from '../api/gen/@tanstack/react-query.gen'

/** The platform as it is, kept so by server-sent events; the client connects again by itself. */
export function useLive() {
  const client = useQueryClient()
  useEffect(() => {
    const abort = new AbortController()
    const listen = async () => {
      const { stream } = await streamPlatformStats({ signal: abort.signal })
      for await (const stats of stream) {
        // The document calls the body of a stream a string; the client has parsed it.
        client.setQueryData(getPlatformStatsQueryKey(), stats as unknown as PlatformStats)
      }
    }
    void listen().catch(() => {
      // The stream is gone with the page.
    })
    return () => abort.abort()
  }, [client])
  return useQuery({ ...getPlatformStatsOptions(), staleTime: 60_000 })
}
