/** Peaks (0..255) for so many bars: the loudest of each part. */
export function resample(peaks: readonly number[], bars: number): number[] {
  if (peaks.length === 0) return Array(bars).fill(0)
  return Array.from({ length: bars }, (_, at) => {
    const from = Math.floor((at * peaks.length) / bars)
    const to = Math.max(from + 1, Math.floor(((at + 1) * peaks.length) / bars))
    return Math.max(...peaks.slice(from, to))
  })
}

/** Rounded bars of 2.6 in steps of 4, as one path. */
export function wavePath(bars: readonly number[], height: number): string {
  const middle = height / 2
  return bars
    .map((peak, at) => {
      const half = Math.max(1.3, (peak / 255) * (middle - 1))
      const x = at * 4 + 0.7
      return `M${x} ${f(middle - half + 1.3)}a1.3 1.3 0 0 1 2.6 0V${f(middle + half - 1.3)}a1.3 1.3 0 0 1 -2.6 0Z`
    })
    .join('')
}

const f = (value: number) => Math.round(value * 100) / 100

/** What stands there until the peaks are known: an even line. */
export function plainPath(bars: number, height: number): string {
  const [top, bottom] = [height / 2 - 2, height / 2 + 2]
  return `M1 ${top}H${bars * 4 - 1}V${bottom}H1Z`
}
