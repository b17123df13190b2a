/** The peaks of a track, once the service makes them. */
export function usePeaks(_trackId: string | undefined): readonly number[] | undefined {
  return undefined
}
