import { expect, test } from 'vitest'
import { eventually, get, open, position, session, visit } from '../browser'
import { listen, sounds } from '../sound'

test('register, find with a typo, play, see it in the history', async () => {
  const { page, complaints } = await visit()
  const name = `anna-${Date.now().toString(36)}`
  const password = 'late trains and wet leaves'

  await open(page, '/register')
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('E-mail').fill('not an address')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await page.getByRole('button', { name: 'Create an account' }).click()
  // What is wrong stands at its field, and nothing that was typed is lost.
  await page.getByText('must be an e-mail address', { exact: false }).waitFor()
  expect(await page.getByLabel('Username').inputValue()).toBe(name)
  complaints.length = 0 // The browser reports the refusal itself.

  await page.getByLabel('E-mail').fill(`${name}@example.org`)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await page.getByRole('heading', { name: new RegExp(name) }).waitFor()

  await page.getByRole('searchbox').fill('trough spase')
  const row = page.getByRole('list', { name: 'Tracks' }).getByRole('button', { name: 'Play Through Space' })
  await row.click()
  const first = await sounds(page)
  await eventually(
    'it goes on',
    () => position(page),
    (seconds) => seconds > first,
  )

  // It goes on while browsing, and the queue survives a reload without starting by itself.
  await page.getByRole('link', { name: 'Charts' }).first().click()
  await page.getByRole('heading', { name: 'Charts' }).waitFor()
  const before = await position(page)
  await eventually(
    'it still goes on',
    () => position(page),
    (seconds) => seconds > before,
  )
  await page.reload()
  const player = page.getByRole('region', { name: 'Player' })
  await player.getByRole('link', { name: 'Through Space' }).waitFor()
  await player.getByRole('button', { name: 'Play', exact: true }).click()
  await eventually(
    'it goes on after the reload',
    () => position(page),
    (seconds) => seconds > before,
  )
  await player.getByRole('button', { name: 'Next' }).click()

  const { access_token } = await session(name, password)
  const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
  type History = { items: { track: { title: string }; ms_played: number }[] }
  const history = await eventually(
    'the history has it',
    () => get<History>(`/api/v1/users/${me.id}/listening-history`, access_token),
    (read) => read.items.some((listen) => listen.track.title === 'Through Space'),
  )
  // One listen, though a reload cut it in two.
  expect(history.items.filter((listen) => listen.track.title === 'Through Space').length).toBe(1)
  await page.getByRole('link', { name: 'Library' }).first().click()
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('main').getByRole('link', { name: 'Through Space' }).first().waitFor()
  expect(complaints).toEqual([])
})

test('a visitor presses play, signs in over the page, and it plays', async () => {
  const { page } = await visit()
  await open(page, '/charts?period=all')
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Play / })
    .first()
    .click()
  const dialog = page.getByRole('dialog', { name: 'Sign in to listen' })
  await dialog.getByLabel('Username or e-mail').fill('listener')
  await dialog.getByLabel('Password', { exact: true }).fill('wrong')
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.getByText('Username or password is wrong.').waitFor()
  const { passwordOf } = await import('../browser')
  await dialog.getByLabel('Password', { exact: true }).fill(passwordOf('listener'))
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await sounds(page)
})

test('a listen of the time without a network arrives once', async () => {
  const { page, context } = await visit({ as: 'listener' })
  const { access_token } = await session('listener')
  const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
  type History = { items: { event_id: string; track: { title: string }; listened_at: string }[] }
  const history = () => get<History>(`/api/v1/users/${me.id}/listening-history?limit=100`, access_token)
  const since = new Date().toISOString()
  const fresh = (read: History) => read.items.filter((listen) => listen.listened_at > since)

  await open(page, '/charts?period=all')
  await listen(page, 'Play By-Product', 3)
  await context.setOffline(true)
  await page.getByText('No connection. Showing what was loaded.').waitFor()
  await page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Next' }).click()
  await page.reload().catch(() => {}) // There is no network; the service worker may or may not be there yet.
  await context.setOffline(false)
  await open(page, '/charts?period=all')
  const found = await eventually('it arrives', history, (read) => fresh(read).length > 0)
  const ids = fresh(found).filter((listen) => listen.track.title === 'By-Product')
  expect(ids.length).toBe(1)
})
