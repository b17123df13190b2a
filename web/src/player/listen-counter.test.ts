import { describe, expect, it } from 'vitest'
import { begin, counts, hold, resume, tick } from './listen-counter'

const start = () => begin('e', 't', '2026-11-26T00:00:00Z', 0, 0)

describe('what was heard', () => {
  it('adds the time that passed', () => {
    expect(tick(tick(start(), 1000, 1000), 2500, 2500).heardMs).toBe(2500)
  })

  it('adds nothing for a seek', () => {
    const before = tick(start(), 10_000, 10_000)
    const jumped = resume(hold(before, 10_000, 10_000), 180_000, 10_050)
    expect(tick(jumped, 181_000, 11_050).heardMs).toBe(11_000)
    expect(tick(before, 180_000, 10_100).heardMs).toBe(10_100)
    expect(tick(before, 5000, 11_000).heardMs).toBe(10_000)
  })

  it('adds nothing for a pause or a computer that slept', () => {
    const paused = hold(tick(start(), 3000, 3000), 3000, 3000)
    expect(tick(resume(paused, 3000, 900_000), 4000, 901_000).heardMs).toBe(4000)
    expect(tick(tick(start(), 3000, 3000), 4000, 900_000).heardMs).toBe(4000)
  })
})

describe("the server's rule of a play", () => {
  it.each([
    [100_000, 200_000, true],
    [99_999, 200_000, false],
    [240_000, 3_600_000, true],
    [239_999, 3_600_000, false],
    [30_000, 30_000, false],
    [15_001, 30_001, true],
    [900_000, 30_000, false],
    [30_000, undefined, true],
    [29_999, undefined, false],
  ])('heard %d of %s ms: %s', (heard, duration, counted) => {
    expect(counts(heard, duration)).toBe(counted)
  })
})
