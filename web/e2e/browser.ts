import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, expect, inject } from 'vitest'

/** Debian's Chromium, with nothing that asks other computers. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--autoplay-policy=no-user-gesture-required',
]

export const service = inject('url')
export const app = `${service}/app`

let browser: Browser | undefined

export type Account = 'admin' | 'artist' | 'listener' | 'anna' | 'kim'

export interface Options {
  width?: number
  theme?: 'light' | 'dark'
  language?: 'en' | 'ru'
  /** Otherwise nothing moves, and pictures of pages are of their end. */
  motion?: boolean
  /** An account of the system, or one of those that `fill` makes. */
  as?: Account
}

/** A page of a new visitor, and what the browser complained about. */
export async function visit(
  options: Options = {},
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  browser ??= await chromium.launch({
    executablePath: process.env.JONQUIL_CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  })
  const width = options.width ?? 1440
  const context = await browser.newContext({
    viewport: { width, height: width < 640 ? 780 : 900 },
    colorScheme: options.theme ?? 'dark',
    locale: options.language === 'ru' ? 'ru-RU' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    hasTouch: width < 640,
    reducedMotion: options.motion ? 'no-preference' : 'reduce',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    )
  })
  if (options.as) await signIn(page, options.as)
  return { page, context, complaints }
}

export const passwordOf = (name: string) => inject('password') + name

export const NEW_PASSWORD = 'wet leaves and late trains'

/** A new account, made by hand; answers its name. */
export async function register(page: Page): Promise<string> {
  const name = `berta-${Date.now().toString(36)}`
  await open(page, '/register')
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('E-mail').fill(`${name}@example.org`)
  await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await page.getByRole('heading', { name: new RegExp(name) }).waitFor()
  return name
}

export async function signInByHand(page: Page, name: string, password: string) {
  await open(page, '/sign-in')
  await page.getByLabel('Username or e-mail').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

interface Session {
  access_token: string
  refresh_token: string
}

export async function session(name: string, password = passwordOf(name)): Promise<Session> {
  const body = JSON.stringify({ username: name, password })
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${service}/api/v1/auth/login-json`, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Session
}

async function signIn(page: Page, name: string) {
  const { access_token, refresh_token } = await session(name)
  const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
  await page.addInitScript(
    (kept) => {
      localStorage.setItem('jonquil.session', localStorage.getItem('jonquil.session') ?? kept)
    },
    JSON.stringify({ refresh_token, user_id: me.id }),
  )
}

export async function get<T>(path: string, token?: string): Promise<T> {
  const answer = await fetch(service + path, token ? { headers: { Authorization: `Bearer ${token}` } } : {})
  expect(answer.status, path).toBe(200)
  return (await answer.json()) as T
}

/** Once nothing loads any more. */
export async function open(page: Page, path: string) {
  await page.goto(app + path, { waitUntil: 'load' })
  await settled(page)
}

export async function settled(page: Page) {
  await page.locator('h1').first().waitFor({ state: 'attached' })
  // A part may begin to load only when another one is there.
  await page.waitForFunction(() => {
    const seen = globalThis as unknown as { calmSince: number | undefined }
    if (document.querySelector('[class*=skeleton]')) seen.calmSince = undefined
    else seen.calmSince ??= performance.now()
    return seen.calmSince !== undefined && performance.now() - seen.calmSince > 300
  })
  await page.evaluate(() => document.fonts.ready)
}

/** A press is shown before the service has it, and opening another page would break the request off. */
export async function kept(page: Page, path: string, press: () => Promise<void>) {
  const answer = page.waitForResponse((one) => one.url().includes(path) && one.request().method() !== 'GET')
  await press()
  expect((await answer).ok(), path).toBe(true)
}

/** Waits until something that changes by itself is as it should be. */
export async function eventually<T>(what: string, read: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  const until = Date.now() + 30_000
  for (;;) {
    const value = await read()
    if (good(value)) return value
    if (Date.now() > until) throw new Error(`${what}: last seen ${JSON.stringify(value)}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

/** Seconds on the clock of the player. */
export async function position(page: Page): Promise<number> {
  const text = await page.locator('section[aria-label="Player"], section[aria-label="Плеер"]').innerText()
  const found = text.match(/(\d+):(\d\d)/)
  return found ? Number(found[1]) * 60 + Number(found[2]) : -1
}

afterAll(async () => {
  await browser?.close()
  browser = undefined
})
