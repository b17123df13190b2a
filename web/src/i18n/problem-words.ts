import { useMemo } from 'react'
import { useLocale, useTranslations } from 'use-intl'
import type { FieldError, RejectedFile } from '../api/gen'
import { ApiProblem, kindOf, type ProblemKind } from '../api/problem'

type Translate = ReturnType<typeof useTranslations<never>>

/** The service writes its own words in this language: to those who read it they say more than a code does. */
const OF_SERVICE = 'en'

const TYPES = {
  signIn: 'unauthorized',
  forbidden: 'forbidden',
  gone: 'not-found',
  conflict: 'conflict',
  changed: 'stale-version',
  tooLarge: 'too-large',
  invalid: 'invalid',
  busy: 'too-many',
  unavailable: 'unavailable',
} as const satisfies Record<Exclude<ProblemKind, 'offline' | 'unknown'>, string>

/** Problems in the words of a language, by their types and codes. */
export function problemWords(t: Translate, language: string) {
  const problem = (error: unknown): string => {
    const name = error instanceof ApiProblem ? error.type.replace(/^\/problems\//, '') : ''
    const key = `problem.type.${name}` as 'problem.type.invalid'
    if (name && t.has(key)) return t(key)
    const kind = kindOf(error)
    return kind === 'offline' || kind === 'unknown' ? t(`problem.${kind}`) : t(`problem.type.${TYPES[kind]}`)
  }
  const fault = ({ field, code, message }: FieldError): string => {
    if (language === OF_SERVICE && message) return message
    const keys = [
      // What is right depends on the field; the other codes say all of it.
      ...(code === 'invalid' ? [`fault.of.${field.split(/[.[]/)[0]}` as 'fault.of.title'] : []),
      `fault.code.${code}` as 'fault.code.invalid',
    ]
    const known = keys.find((key) => t.has(key))
    return known ? t(known) : message
  }
  /** What is wrong with each field that has a fault. */
  const fields = (error: unknown): Partial<Record<string, string>> =>
    error instanceof ApiProblem ? Object.fromEntries(error.faults.map((one) => [one.field, fault(one)])) : {}
  /** Why a file of an album was not taken. */
  const file = ({ type, reason }: Pick<RejectedFile, 'type' | 'reason'>): string => {
    if (type === '/problems/audio-exists') return problem(new ApiProblem(409, { type }))
    if (language === OF_SERVICE) return reason
    return type === '/problems/invalid' ? t('fault.of.file') : problem(new ApiProblem(422, { type }))
  }
  /** The faults where there are some, in one line. */
  const line = (error: unknown): string => [...new Set(Object.values(fields(error)))].join(' · ') || problem(error)
  return { problem, fields, file, line }
}

export function useProblemWords() {
  const t = useTranslations()
  const language = useLocale()
  return useMemo(() => problemWords(t, language), [t, language])
}
