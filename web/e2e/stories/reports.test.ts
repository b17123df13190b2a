import { beforeAll, expect, test } from 'vitest'
import { get, open, service, session, visit } from '../browser'

interface Album {
  id: string
  title: string
}

let token = ''
let artistId = ''

async function create<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(service + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  expect(answer.ok, `${path}: ${answer.status}`).toBe(true)
  return (await answer.json()) as T
}

beforeAll(async () => {
  token = (await session('artist')).access_token
  const me = await get<{ id: string }>('/api/v1/auth/me', token)
  const own = await fetch(`${service}/api/v1/artists/by-user/${me.id}`)
  const body = { name: 'First Light', user_id: me.id }
  const artist = own.status === 404 ? await create<Album>('/api/v1/artists/', body) : ((await own.json()) as Album)
  artistId = artist.id
})

test('a person reports an album, an admin takes it down with a reason, its owner reads it, and it is put back', async () => {
  const title = `Borrowed songs ${Date.now() % 10_000}`
  const { id } = await create<Album>('/api/v1/albums/', { title, artist_id: artistId, album_type: 'album' })
  const { page: of } = await visit({ as: 'listener' })
  await open(of, `/albums/${id}`)
  const report = async () => {
    await of
      .getByRole('main')
      .getByRole('button', { name: `More about ${title}` })
      .click()
    await of.getByRole('menuitem', { name: 'Report' }).click()
    await of.getByRole('dialog').getByLabel('What is wrong with it?').fill('These are songs of my band.')
    await of.getByRole('dialog').getByRole('button', { name: 'Report' }).click()
  }
  await report()
  await of.getByText('Thank you. An administrator looks at it.').waitFor()
  await report()
  await of.getByText('You have reported this already.').waitFor()

  const { page: admin } = await visit({ as: 'admin' })
  await open(admin, '/operator')
  await admin.getByRole('main').getByRole('link', { name: 'Reports' }).click()
  const row = admin.getByRole('listitem').filter({ hasText: title })
  await row.getByText('These are songs of my band.').waitFor()
  await row.getByRole('button', { name: `Answer the report of ${title}` }).click()
  const dialog = admin.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Take it down' }).check()
  await dialog.getByLabel('Reason').fill('It belongs to others.')
  await dialog.getByRole('button', { name: 'Answer' }).click()
  await row.waitFor({ state: 'detached' })
  expect((await fetch(`${service}/api/v1/albums/${id}`)).status).toBe(404)

  const { page: owner } = await visit({ as: 'artist' })
  await open(owner, `/albums/${id}`)
  await owner.getByText('An administrator took this down: It belongs to others.').waitFor()

  await admin.getByLabel('Answered').check()
  await admin.getByRole('listitem').filter({ hasText: title }).getByText('It belongs to others.').waitFor()
  await admin.getByLabel('Taken down').check()
  await admin.getByRole('button', { name: `Put ${title} back` }).click()
  await admin.getByText(`${title} is back`).waitFor()
  expect((await fetch(`${service}/api/v1/albums/${id}`)).status).toBe(200)
})

test('tracks, artists and playlists are reported from their menus too', async () => {
  const { page } = await visit({ as: 'listener' })
  const { items: artists } = await get<{ items: { id: string; name: string }[] }>('/api/v1/artists/?limit=1&sort=plays')
  const { items: tracks } = await get<{ items: Album[] }>('/api/v1/tracks/?limit=1&sort=plays')
  const places = [
    [`/artists/${artists[0]?.id}`, artists[0]?.name],
    [`/tracks/${tracks[0]?.id}`, tracks[0]?.title],
  ] as const
  for (const [path, name] of places) {
    await open(page, path)
    await page
      .getByRole('main')
      .getByRole('button', { name: `More about ${name}`, exact: true })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Report' }).click()
    await page.getByRole('dialog').getByLabel('What is wrong with it?').waitFor()
    await page.keyboard.press('Escape')
  }
})

test('an account that must have a second factor is shown where it is set up', async () => {
  const { page } = await visit({ as: 'admin' })
  await page.route('**/api/v1/admin/reports*', (route) =>
    route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      json: { type: '/problems/second-factor-needed', title: 'x', status: 403 },
    }),
  )
  await open(page, '/operator/reports')
  await page.getByRole('main').getByRole('link', { name: 'Set it up' }).click()
  await page.getByRole('heading', { name: 'Second factor' }).waitFor()
})
