import { useQuery } from '@tanstack/react-query'
import { getWaveformOptions } from '../api/gen/@tanstack/react-query.gen'

const ASK_AGAIN_MS = 10_000
/** A waveform that is not there by then is of a long track, or of audio that cannot be decoded. */
const MAX_ASKED = 6

/**
 * The peaks of a track with audio, 0 to 255; none until they are loaded, or while the service has made none. For a track without audio
 * nothing is asked: the browser would report the 404.
 */
export function usePeaks(trackId: string | undefined): readonly number[] | undefined {
  const { data } = useQuery({
    ...getWaveformOptions({ path: { track_id: trackId ?? '' } }),
    enabled: trackId !== undefined,
    staleTime: 3600_000,
    retry: false,
    refetchInterval: ({ state }) => (state.data?.peaks || state.dataUpdateCount >= MAX_ASKED ? false : ASK_AGAIN_MS),
  })
  return data?.peaks
}
