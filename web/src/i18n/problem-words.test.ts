import { readFileSync } from 'node:fs'
import { createTranslator } from 'use-intl'
import { describe, expect, it } from 'vitest'
import { ApiProblem } from '../api/problem'
import en from './en.json'
import { problemWords } from './problem-words'
import ru from './ru.json'

const contract = JSON.parse(readFileSync(`${import.meta.dirname}/../../../schemas/openapi.json`, 'utf8')).components
  .schemas
const types: string[] = contract.Problem.properties.type.enum.map((type: string) => type.replace('/problems/', ''))
const codes: string[] = contract.FaultCode.enum

const words = (locale: 'en' | 'ru') =>
  problemWords(createTranslator({ locale, messages: locale === 'ru' ? (ru as typeof en) : en }), locale)
const refused = (...errors: object[]) => new ApiProblem(422, { type: '/problems/invalid', errors })

describe('what the service refuses', () => {
  it.each(Object.entries({ en, ru }))('has words for every type and every code of the contract: %s', (_, messages) => {
    expect(Object.keys(messages.problem.type).sort()).toEqual(types.toSorted())
    expect(Object.keys(messages.fault.code).sort()).toEqual(codes.toSorted())
  })

  it.each(types)('is said in Russian by its type: %s', (type) => {
    const said = words('ru').problem(new ApiProblem(400, { type: `/problems/${type}`, detail: 'in English' }))
    expect(said).toMatch(/[а-яё]/i)
    expect(said).not.toContain('English')
  })

  it.each(codes)('is said in Russian by the code of a field: %s', (code) => {
    const error = refused({ field: 'colour', code, message: 'in English' })
    expect(words('ru').fields(error).colour).toMatch(/^[а-яё ,.-]+$/i)
  })

  it('says what would be right in the fields of the forms', () => {
    const faults = refused(
      { field: 'country', code: 'invalid', message: 'must be a code' },
      { field: 'genres[2]', code: 'invalid', message: 'must be short' },
      { field: 'title', code: 'missing', message: 'is missing' },
    )
    expect(words('ru').fields(faults)).toEqual({
      country: ru.fault.of.country,
      'genres[2]': ru.fault.of.genres,
      title: ru.fault.code.missing,
    })
    expect(words('en').fields(faults).country).toBe('must be a code')
    expect(words('ru').line(faults)).toContain(` · ${ru.fault.of.genres} · `)
  })

  it('names what is wrong with a file of an album', () => {
    const file = (type: string, reason: string) => ({ type: `/problems/${type}`, reason })
    const known = file('audio-exists', 'the same audio is there already, as track 019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13')
    expect(words('ru').file(file('invalid', 'no audio'))).toBe(ru.fault.of.file)
    expect(words('ru').file(file('too-large', 'is larger'))).toBe(ru.problem.type['too-large'])
    expect(words('ru').file(known)).toBe(ru.problem.type['audio-exists'])
    expect(words('ru').file(file('of-tomorrow', 'in English'))).toBe(ru.problem.type.invalid)
    // The page links to the track, whose id nobody wants to read.
    expect(words('en').file(known)).toBe(en.problem.type['audio-exists'])
    expect(words('en').file(file('invalid', 'the file is damaged'))).toBe('the file is damaged')
  })

  it('is in the words of the service only where the code is not known', () => {
    const error = refused(
      { field: 'a', message: 'must be b' },
      { field: 'c', code: 'of-tomorrow', message: 'must be d' },
    )
    expect(words('ru').fields(error)).toEqual({ a: 'must be b', c: 'must be d' })
  })

  it('is as its status says where the type is not known', () => {
    const { problem, line } = words('en')
    expect(problem(new ApiProblem(409, { type: '/problems/of-tomorrow' }))).toBe(en.problem.type.conflict)
    expect(problem(new ApiProblem(502, '<html>'))).toBe(en.problem.type.unavailable)
    expect(problem(new ApiProblem(0, undefined))).toBe(en.problem.offline)
    expect([problem(new Error('x')), problem(new ApiProblem(418, ''))]).toEqual([
      en.problem.unknown,
      en.problem.unknown,
    ])
    expect(line(new ApiProblem(413, undefined))).toBe(en.problem.type['too-large'])
  })
})
