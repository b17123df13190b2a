import { describe, expect, it } from 'vitest'
import { dayOf, daysOf, lastMonth, queryOf, rangeOf } from './range'

const now = new Date(2026, 10, 26, 12)

describe('days of one’s own', () => {
  it('are taken from the address if there are such days, the earlier one first', () => {
    expect([dayOf('2026-02-28'), dayOf('2026-02-30'), dayOf('yesterday'), dayOf(7)]).toEqual([
      '2026-02-28',
      undefined,
      undefined,
      undefined,
    ])
    expect(rangeOf({ from: '2026-03-02', to: '2026-03-01' })).toEqual({ from: '2026-03-01', to: '2026-03-02' })
    expect(rangeOf({ period: 'year', from: '2026-03-02' })).toEqual({ period: 'year' })
    expect(rangeOf({})).toEqual({ period: 'month' })
  })

  it('are asked for from midnight to midnight, the last day included', () => {
    expect(queryOf({ from: '2026-02-01', to: '2026-02-28' })).toEqual({
      from: new Date(2026, 1, 1).toISOString(),
      to: new Date(2026, 2, 1).toISOString(),
    })
    expect(queryOf({ period: 'week' })).toEqual({ period: 'week' })
  })

  it('are all shown, up to a year of them', () => {
    expect(daysOf({ from: '2026-02-01', to: '2026-02-28' }, now)).toEqual({ count: 28, last: '2026-02-28' })
    expect(daysOf({ from: '2020-01-01', to: '2026-02-28' }, now).count).toBe(366)
    expect(daysOf({ period: 'week' }, now)).toEqual({ count: 7, last: '2026-11-26' })
    expect(daysOf({ period: 'all' }, now).count).toBe(30)
    expect(lastMonth(now)).toEqual({ from: '2026-10-28', to: '2026-11-26' })
  })
})
