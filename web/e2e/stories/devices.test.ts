import { expect, test } from 'vitest'
import { eventually, get, NEW_PASSWORD, open, position, register, session, signInByHand, visit } from '../browser'
import { listen } from '../sound'

interface Queue {
  track_ids: string[]
  index: number
  version: number
}

test('the queue goes on at another device, and comes back', async () => {
  const { page: phone } = await visit()
  const name = await register(phone)
  const { access_token } = await session(name, NEW_PASSWORD)
  const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
  const kept = () => get<Queue>(`/api/v1/users/${me.id}/queue`, access_token)
  const playerOf = (page: typeof phone) => page.getByRole('region', { name: 'Player' })

  await open(phone, '/charts?period=all')
  await listen(phone, 'Play By-Product', 2)
  const playing = await eventually('the service has the queue', kept, (queue) => queue.track_ids.length > 1)
  await playerOf(phone).getByRole('button', { name: 'Pause' }).click()
  await eventually('and where it stopped', kept, (queue) => queue.version > playing.version)

  // Nothing is queued here: it is taken over, and does not start by itself.
  const { page: desk, complaints } = await visit()
  await signInByHand(desk, name, NEW_PASSWORD)
  await playerOf(desk).getByRole('link', { name: 'By-Product' }).waitFor()
  expect(await position(desk)).toBeGreaterThanOrEqual(1)
  await playerOf(desk).getByRole('button', { name: 'Play', exact: true }).click()
  await playerOf(desk).getByRole('button', { name: 'Pause' }).waitFor()
  await playerOf(desk).getByRole('button', { name: 'Next' }).click()
  await eventually('the next track is kept', kept, (queue) => queue.index === playing.index + 1)
  const next = await playerOf(desk).getByRole('link').nth(1).innerText()

  // Something is queued there: it is offered, when the page is looked at again.
  await phone.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await phone.getByText('was playing on another device').waitFor()
  await phone.getByRole('button', { name: 'Continue here' }).click()
  await playerOf(phone).getByRole('link', { name: next }).waitFor()
  expect(complaints).toEqual([])
})

test('whoever signs out leaves neither a queue nor a listen to the next person at this browser', async () => {
  const { page } = await visit()
  type History = { items: { track: { title: string } }[] }
  const titles = async (name: string) => {
    const { access_token } = await session(name, NEW_PASSWORD)
    const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
    const { items } = await get<History>(`/api/v1/users/${me.id}/listening-history`, access_token)
    return items.map((listen) => listen.track.title)
  }
  const play = async (title: string) => {
    await open(page, '/charts?period=all')
    await listen(page, `Play ${title}`, 2)
  }
  const first = await register(page)
  await play('By-Product')
  await page.getByRole('link', { name: 'You', exact: true }).first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('Nothing is playing').waitFor()
  await page.reload()
  await page.getByText('Nothing is playing').waitFor()

  const second = await register(page)
  await play('Through Space')
  await page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Next' }).click()
  await eventually(
    'the second has heard something',
    () => titles(second),
    (heard) => heard.includes('Through Space'),
  )
  expect(await titles(second)).not.toContain('By-Product')
  // What the first one heard until the sign-out is sent when they are back.
  await page.getByRole('link', { name: 'You', exact: true }).first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('Nothing is playing').waitFor()
  await signInByHand(page, first, NEW_PASSWORD)
  await eventually(
    'the first has what they heard',
    () => titles(first),
    (heard) => heard.includes('By-Product'),
  )
})

test('whoever signs out leaves no word that they searched for', async () => {
  const { page } = await visit()
  const before = async () => {
    await open(page, '/search')
    await page.getByRole('heading', { name: 'Browse' }).waitFor()
    return page.getByText('Searched before').count()
  }
  await register(page)
  await open(page, '/search?q=By-Product')
  await page.getByRole('link', { name: 'By-Product' }).first().click()
  expect(await before()).toBe(1)
  await page.getByRole('link', { name: 'You', exact: true }).first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).first().waitFor()
  expect(await before()).toBe(0)
})
