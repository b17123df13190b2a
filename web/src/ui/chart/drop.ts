/** Less than this is no place where people leave. */
const MIN_LEFT = 0.1

/** How many are there at each part of a track, from its begin; of shares who heard 1/n, 2/n … all of it. */
export function courseOf(shares: readonly number[]): { at: number; share: number }[] {
  if (shares.length === 0) return []
  return [{ at: 0, share: 1 }, ...shares.map((share, index) => ({ at: (index + 1) / shares.length, share }))]
}

/** The share that heard at least half of it. */
export function atHalf(shares: readonly number[]): number | undefined {
  return shares[Math.ceil(shares.length / 2) - 1]
}

/** Where in a track, 0 to 1, most leave before its end, and how many; `undefined` where nobody much does. */
export function leavesAt(shares: readonly number[]): { at: number; share: number } | undefined {
  const course = courseOf(shares)
  const steps = course
    .slice(1, -1)
    .map((step, index) => ({ at: step.at, share: (course[index]?.share ?? 1) - step.share }))
  const most = steps.reduce((one, two) => (two.share > one.share ? two : one), { at: 0, share: 0 })
  return most.share >= MIN_LEFT ? most : undefined
}
