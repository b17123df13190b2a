import { describe, expect, it } from 'vitest'
import { ApiProblem, kindOf, retryAfter } from './api/problem'
import { capital, duration } from './i18n/formats'
import { byDay } from './library/by-day'
import { resample } from './player/peaks'
import { inWeeks, lastDays } from './ui/chart/days'
import { flowerOf } from './ui/flower'

describe('small rules', () => {
  it('writes lengths of time', () => {
    expect([245_000, 3_727_000, 59_999, 0, undefined].map(duration)).toEqual(['4:05', '1:02:07', '0:59', '0:00', '–'])
  })

  it('begins a heading with a capital', () => {
    expect(['пятница, 27 ноября', 'Friday', ''].map((text) => capital(text, 'ru-RU'))).toEqual([
      'Пятница, 27 ноября',
      'Friday',
      '',
    ])
  })

  it('reads Retry-After as seconds and as a date', () => {
    expect(retryAfter('7')).toBe(7000)
    expect(retryAfter('Thu, 26 Nov 2026 06:00:10 GMT', Date.parse('2026-11-26T06:00:00Z'))).toBe(10_000)
    expect(retryAfter('soon')).toBeUndefined()
    expect(retryAfter(null)).toBeUndefined()
  })

  it('puts every problem in a kind', () => {
    const body = { detail: 'no', errors: [{ field: 'title', message: 'too long' }], request_id: 'r' }
    const problem = new ApiProblem(422, body)
    expect([kindOf(problem), problem.faults, problem.requestId]).toEqual(['invalid', body.errors, 'r'])
    expect([kindOf(new ApiProblem(0, undefined)), kindOf(new ApiProblem(500, '')), kindOf(new Error('x'))]).toEqual([
      'offline',
      'unknown',
      'unknown',
    ])
  })

  it('takes the loudest of each part of a waveform', () => {
    expect(resample([1, 9, 2, 3, 4, 8], 3)).toEqual([9, 3, 8])
    expect(resample([5, 7], 4)).toEqual([5, 5, 7, 7])
    expect(resample([], 2)).toEqual([0, 0])
  })

  it('fills the days without plays', () => {
    const days = lastDays([{ day: '2026-11-25', plays: 3, listened_ms: 9 }], 3, '2026-11-26')
    expect(days).toEqual([
      { day: '2026-11-24', plays: 0, listened_ms: 0 },
      { day: '2026-11-25', plays: 3, listened_ms: 9 },
      { day: '2026-11-26', plays: 0, listened_ms: 0 },
    ])
  })

  it('makes weeks of many days, the last of them whole', () => {
    const weeks = inWeeks(lastDays([{ day: '2026-11-25', plays: 3, listened_ms: 9 }], 16, '2026-11-26'))
    expect(weeks).toEqual([
      { day: '2026-11-11', plays: 0, listened_ms: 0 },
      { day: '2026-11-13', plays: 0, listened_ms: 0 },
      { day: '2026-11-20', plays: 3, listened_ms: 9 },
    ])
    expect(inWeeks([])).toEqual([])
    expect(inWeeks(lastDays([], 14, '2026-11-26')).length).toBe(2)
  })

  it('groups a history by day', () => {
    const at = (hour: number, day = 26) => ({ listened_at: new Date(2026, 10, day, hour).toISOString() })
    expect(byDay([at(9), at(1), at(23, 25)]).map((day) => day.listens.length)).toEqual([2, 1])
  })

  it('draws the same flower for the same thing, and another for another', () => {
    expect(flowerOf('one')).toEqual(flowerOf('one'))
    expect(flowerOf('one')).not.toEqual(flowerOf('two'))
    expect(flowerOf('one').petals.length).toBeGreaterThanOrEqual(5)
  })
})
