import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { get, open, passwordOf, service, session, visit } from '../browser'

interface Album {
  id: string
  title: string
  genres: string[]
}

let token = ''
let artistId = ''

async function send<T>(method: string, path: string, body: unknown): Promise<T> {
  const answer = await fetch(service + path, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true)
  return (await answer.json()) as T
}

beforeAll(async () => {
  token = (await session('artist')).access_token
  const me = await get<{ id: string }>('/api/v1/auth/me', token)
  const own = await fetch(`${service}/api/v1/artists/by-user/${me.id}`)
  const artist =
    own.status === 404
      ? await send<{ id: string }>('POST', '/api/v1/artists/', { name: 'First Light', user_id: me.id })
      : ((await own.json()) as { id: string })
  artistId = artist.id
})

const album = (title: string) =>
  send<Album>('POST', '/api/v1/albums/', { title, artist_id: artistId, album_type: 'album', genres: ['dub'] })
const now = (id: string) => get<Album>(`/api/v1/albums/${id}`, token)
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click()
const saved = (page: Page) => page.getByText('Saved', { exact: true }).waitFor()

test('who saves what another one changed meanwhile sees both, and chooses', async () => {
  const { id } = await album('North Pier')
  const { page } = await visit({ as: 'artist' })
  await open(page, `/studio/albums/${id}`)
  await page.getByLabel('Title').fill('North Pier at night')
  await send('PUT', `/api/v1/albums/${id}`, { title: 'The North Pier', genres: ['dub', 'ambient'] })
  await save(page)

  const both = page.getByRole('group', { name: 'Title' })
  await page.getByText('Somebody else changed this while you were writing.').waitFor()
  expect(await both.getByRole('radio', { name: /Yours.*North Pier at night/ }).isChecked()).toBe(true)
  await both.getByRole('radio', { name: /Theirs.*The North Pier/ }).waitFor()
  // Only they changed the genres: there is nothing to choose, and theirs stay.
  expect(await page.getByLabel('Genres').inputValue()).toBe('dub, ambient')
  expect((await now(id)).title).toBe('The North Pier')

  await both.getByRole('radio', { name: /Theirs/ }).check()
  expect(await page.getByLabel('Title', { exact: true }).inputValue()).toBe('The North Pier')
  await both.getByRole('radio', { name: /Yours/ }).check()
  expect(await page.getByLabel('Title', { exact: true }).inputValue()).toBe('North Pier at night')
  await save(page)
  await saved(page)
  const after = await now(id)
  expect([after.title, after.genres]).toEqual(['North Pier at night', ['dub', 'ambient']])
  // It is of the present version again.
  await page.getByLabel('Title').fill('South Pier')
  await save(page)
  await page.getByText('Saved', { exact: true }).nth(1).waitFor()
  expect((await now(id)).title).toBe('South Pier')
})

test('what was typed in a long form is there after a reload and a sign-in, until it is saved or dropped', async () => {
  const { id } = await album('Ferry')
  const { page, context } = await visit({ as: 'artist' })
  await open(page, `/studio/albums/${id}`)
  await page.getByLabel('Title').fill('Ferry to the islands')
  await page.getByRole('radio', { name: 'EP', exact: true }).check()
  await page.reload()
  const kept = page.getByText('What you wrote before is here again.')
  await kept.waitFor()
  expect(await page.getByLabel('Title').inputValue()).toBe('Ferry to the islands')
  expect(await page.getByRole('radio', { name: 'EP', exact: true }).isChecked()).toBe(true)

  // Somebody who is signed out meanwhile signs in again at the same page.
  await context.clearCookies()
  await page.addInitScript(() => localStorage.removeItem('jonquil.session'))
  await page.reload()
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Username or e-mail').fill('artist')
  await dialog.getByLabel('Password', { exact: true }).fill(passwordOf('artist'))
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await kept.waitFor()
  expect(await page.getByLabel('Title').inputValue()).toBe('Ferry to the islands')
  await save(page)
  await saved(page)
  await kept.waitFor({ state: 'detached' })
  expect((await now(id)).title).toBe('Ferry to the islands')
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes('draft')))).toEqual([])
})

test('a draft is dropped by hand, and is nobody else’s', async () => {
  const { id } = await album('Harbour')
  const { page } = await visit({ as: 'artist' })
  await open(page, `/studio/albums/${id}`)
  await page.getByLabel('Title').fill('Harbour in the fog')
  await page.reload()
  await page.getByRole('button', { name: 'Drop it' }).click()
  expect(await page.getByLabel('Title').inputValue()).toBe('Harbour')
  await page.reload()
  expect(await page.getByLabel('Title').inputValue()).toBe('Harbour')

  await page.getByLabel('Title').fill('Harbour in the fog')
  await open(page, '/settings/profile')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('in the fog')
})
