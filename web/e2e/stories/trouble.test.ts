import { expect, test } from 'vitest'
import { get, open, passwordOf, position, visit } from '../browser'
import { listen, sounds } from '../sound'

interface Chart {
  items: { track: { id: string; title: string } }[]
}
const chart = async () =>
  (await get<Chart>('/api/v1/tracks/popular/?period=all&limit=50')).items.map((one) => one.track)

test('a service that is busy for a while keeps the place, and the music goes on by itself', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  await listen(page, 'Play By-Product', 3)
  await page.reload()
  const player = page.getByRole('region', { name: 'Player' })
  let refused = 0
  await page.route('**/stream?**', (route) => {
    refused++
    return route.fulfill({ status: 503, headers: { 'Retry-After': '1' } })
  })
  await player.getByRole('button', { name: 'Play', exact: true }).click()
  await player.getByText('The service is busy').waitFor({ state: 'attached' })
  expect(await position(page)).toBeGreaterThanOrEqual(3)
  await player.getByRole('link', { name: 'By-Product' }).waitFor()
  await page.unroute('**/stream?**')
  await sounds(page, 5)
  expect(refused).toBeGreaterThanOrEqual(2)
  expect(await position(page)).toBeLessThan(30)
})

test('a track that was deleted meanwhile is skipped, and only that one', async () => {
  const tracks = await chart()
  const [first, second, third] = tracks
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  await page.route(`**/api/v1/tracks/${second?.id}*`, (route) =>
    route.fulfill({ status: 404, contentType: 'application/problem+json', json: { type: '/problems/not-found' } }),
  )
  await page
    .getByRole('main')
    .getByRole('button', { name: `Play ${first?.title}`, exact: true })
    .first()
    .click()
  const player = page.getByRole('region', { name: 'Player' })
  await player.getByRole('button', { name: 'Pause' }).waitFor()
  await player.getByRole('button', { name: 'Next' }).click()
  await player.getByRole('link', { name: third?.title ?? '', exact: true }).waitFor()
  await sounds(page)
})

test('of two tabs only the one that was started last sounds', async () => {
  const { page: one, context } = await visit({ as: 'listener' })
  await open(one, '/charts?period=all')
  await listen(one, 'Play By-Product')
  const two = await context.newPage()
  await open(two, '/charts?period=all')
  await two.getByRole('region', { name: 'Player' }).getByRole('link', { name: 'By-Product' }).waitFor()
  await two.getByRole('main').getByRole('button', { name: 'Play Through Space' }).click()
  await one.getByText('Playing in another tab').waitFor()
  await sounds(two)
  await one.getByRole('button', { name: 'Play here' }).click()
  await two.getByText('Playing in another tab').waitFor()
  await one.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Pause' }).waitFor()
  await one.getByRole('region', { name: 'Player' }).getByRole('link', { name: 'By-Product' }).waitFor()
})

test('a session that ended asks over the page, and what was typed is still there', async () => {
  const { page, context } = await visit({ as: 'listener' })
  await open(page, '/settings/account')
  const name = page.getByLabel('Name as shown')
  const typed = `Listener of the night ${Date.now() % 1000}`
  await name.fill(typed)
  // The session was ended elsewhere: its token is refused, and so is the cookie that would get another one.
  await context.clearCookies()
  await page.route(
    '**/api/v1/users/*',
    (route) =>
      route.fulfill({ status: 401, contentType: 'application/problem+json', json: { type: '/problems/unauthorized' } }),
    { times: 1 },
  )
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await dialog.getByLabel('Username or e-mail').fill('listener')
  await dialog.getByLabel('Password', { exact: true }).fill(passwordOf('listener'))
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await name.inputValue()).toBe(typed)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
})
