import { beforeEach, expect, it, vi } from 'vitest'
import { logOut, refresh, type Tokens, type User } from './gen'

vi.mock('./gen', () => ({ refresh: vi.fn(), logOut: vi.fn() }))
const tokens = { access_token: 'a', expires_in: 900 } as Tokens
const user = (id: string) => ({ id }) as User

type Session = typeof import('./session')
let session: Session

beforeEach(async () => {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
  vi.stubGlobal('addEventListener', () => {})
  vi.mocked(refresh).mockResolvedValue({ error: {}, response: { status: 401 } } as never)
  vi.mocked(logOut).mockResolvedValue({} as never)
  vi.resetModules()
  session = await import('./session')
  session.keep(tokens)
  session.keepUser(user('ada'))
})

const here = () => [session.isSignedIn(), session.isPresent(), session.signedInAs(), session.presentAs()]

it('a session that ended by itself leaves the page to whose it was, until it is known who comes back', async () => {
  expect(here()).toEqual([true, true, 'ada', 'ada'])
  expect(await session.renew()).toBe(false)
  expect(here()).toEqual([false, true, undefined, 'ada'])
  session.keep(tokens)
  expect(here()).toEqual([true, true, undefined, 'ada'])
  session.keepUser(user('bob'))
  expect(here()).toEqual([true, true, 'bob', 'bob'])
})

it('whoever signs out, or does not sign in again, is not here any more', async () => {
  await session.renew()
  session.giveUp()
  expect(here()).toEqual([false, false, undefined, undefined])
  session.keep(tokens)
  session.keepUser(user('ada'))
  await session.signOut()
  expect(here()).toEqual([false, false, undefined, undefined])
})
