import type { FieldError, Problem } from './gen'

/** An answer of the API that is no success, or none at all (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number
  readonly type: string
  readonly requestId: string | undefined
  readonly faults: readonly FieldError[]
  readonly retryAfterMs: number | undefined
  readonly body: unknown

  constructor(status: number, body: unknown, retryAfterMs?: number) {
    const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>
    super(problem.detail ?? problem.title ?? 'no answer')
    this.status = status
    this.type = problem.type ?? 'about:blank'
    this.requestId = problem.request_id
    this.faults = problem.errors ?? []
    this.retryAfterMs = retryAfterMs
    this.body = body
  }
}

export function isStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ApiProblem && statuses.includes(error.status)
}

/** The account must have a second factor and has none: the way on is in its settings. */
export function needsSecondFactor(error: unknown): boolean {
  return error instanceof ApiProblem && error.type === '/problems/second-factor-needed'
}

/** Seconds or a date, as the header says. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (!header) return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

export type ProblemKind =
  | 'offline'
  | 'signIn'
  | 'forbidden'
  | 'gone'
  | 'conflict'
  | 'changed'
  | 'tooLarge'
  | 'invalid'
  | 'busy'
  | 'unavailable'
  | 'unknown'

const KINDS: Record<number, ProblemKind> = {
  0: 'offline',
  401: 'signIn',
  403: 'forbidden',
  404: 'gone',
  409: 'conflict',
  412: 'changed',
  413: 'tooLarge',
  415: 'invalid',
  422: 'invalid',
  429: 'busy',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

/** What the page does about it; also which words are shown when the service does not name the type of the problem. */
export function kindOf(error: unknown): ProblemKind {
  return error instanceof ApiProblem ? (KINDS[error.status] ?? 'unknown') : 'unknown'
}
