import { logOut, refresh, type Tokens, type User } from './gen'

/**
 * Who is signed in. The access token stays in memory. The refresh token is a cookie that no script can read; the server answers the same
 * pair again within 10 s, so two tabs never end each other's session. Storage only says that there is somebody, and who.
 */
interface Stored {
  /** Of a sign-in before there was a cookie; the first refresh takes it away. */
  refresh_token?: string
  user_id?: string
}

const KEY = 'jonquil.session'
let access: { token: string; expiresAt: number; refreshAt: number } | undefined
let refreshing: Promise<boolean> | undefined
const listeners = new Set<() => void>()
let ended = false
/** Whose session ended by itself, until it is known who is here now. */
let last: string | undefined

function stored(): Stored | undefined {
  try {
    const text = localStorage.getItem(KEY)
    return text ? (JSON.parse(text) as Stored) : undefined
  } catch {
    return undefined
  }
}

function store(value: Stored | undefined) {
  if (value) localStorage.setItem(KEY, JSON.stringify(value))
  else localStorage.removeItem(KEY)
}

function say() {
  for (const listener of listeners) listener()
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether somebody is signed in, as far as this browser knows. */
export function isSignedIn(): boolean {
  return stored() !== undefined
}

/** Whether the session ended by itself, so that the sign-in dialog opens over the page. */
export function hasEnded(): boolean {
  return ended
}

/**
 * Whether the page is somebody's: they are signed in, or their session ended by itself and they are asked to sign in again. Until they do, or
 * say no, the page stays as it is, with what was typed.
 */
export function isPresent(): boolean {
  return ended || isSignedIn()
}

/** Whoever was here does not sign in again. */
export function giveUp() {
  if (!ended) return
  ended = false
  last = undefined
  say()
}

export function signedInAs(): string | undefined {
  return stored()?.user_id
}

/** Whose the page is, also between the end of their session and their next sign-in: what they hear meanwhile is theirs. */
export function presentAs(): string | undefined {
  return signedInAs() ?? last
}

export function keep(tokens: Tokens) {
  const life = tokens.expires_in * 1000
  access = { token: tokens.access_token, expiresAt: Date.now() + life, refreshAt: Date.now() + life * 0.8 }
  const before = stored()
  store(before?.user_id ? { user_id: before.user_id } : {})
  ended = false
  say()
}

export function keepUser(user: User) {
  const before = stored()
  if (!before || before.user_id === user.id) return
  last = undefined
  store({ ...before, user_id: user.id })
  say()
}

function forget(byItself: boolean) {
  access = undefined
  last = byItself ? signedInAs() : undefined
  store(undefined)
  ended = byItself
  say()
}

/** The token to send, refreshed first when it is near its end. */
export async function accessToken(): Promise<string | undefined> {
  if (!stored()) return undefined
  if (!access || Date.now() > access.refreshAt) await renew()
  return access?.token
}

/** One refresh at a time. False: the session is over. Without a network nothing changes. */
export function renew(): Promise<boolean> {
  refreshing ??= renewOnce().finally(() => {
    refreshing = undefined
  })
  return refreshing
}

async function renewOnce(): Promise<boolean> {
  const session = stored()
  if (!session) return false
  const kept = session.refresh_token
  const answer = await refresh({
    query: { cookie: true },
    ...(kept && { body: { refresh_token: kept } }),
    auth: undefined,
  })
  if (answer.data) {
    keep(answer.data)
    return true
  }
  if ([400, 401, 422].includes(answer.response?.status ?? 0)) {
    // Another tab may have refreshed since.
    if (stored() && stored()?.refresh_token !== kept) return renewOnce()
    forget(true)
    return false
  }
  return access !== undefined && Date.now() < access.expiresAt
}

export async function signOut() {
  await logOut()
  forget(false)
}

/** After the account was deleted, or its sessions were ended. */
export function leave() {
  forget(false)
}

addEventListener('storage', (event) => {
  if (event.key !== KEY) return
  access = undefined
  // Another tab signed in again.
  if (isSignedIn()) ended = false
  say()
})
