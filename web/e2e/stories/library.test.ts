import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { eventually, get, kept, open, service, session, visit } from '../browser'

test('a heart is pressed, stands in the library, and is taken back by key', async () => {
  const { page, complaints } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'By-Product' }).first()
  await row.hover()
  const heart = row.getByRole('button', { name: 'Like By-Product' })
  await kept(page, '/favourites/', () => heart.click())
  expect(await heart.getAttribute('aria-pressed')).toBe('true')
  await open(page, '/library/tracks')
  const liked = page.getByRole('list', { name: 'Liked tracks' }).getByRole('link', { name: 'By-Product' })
  await liked.waitFor()

  await page.getByRole('button', { name: 'Play By-Product' }).click()
  const player = page.getByRole('region', { name: 'Player' })
  await player.getByRole('link', { name: 'By-Product' }).waitFor()
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await kept(page, '/favourites/', () => page.keyboard.press('l'))
  await liked.waitFor({ state: 'detached' })
  await open(page, '/library/tracks')
  const list = page.getByRole('list', { name: 'Liked tracks' })
  await list.or(page.getByRole('heading', { name: 'No liked tracks yet' })).waitFor()
  expect(await liked.count()).toBe(0)
  expect(complaints).toEqual([])
})

test('in the charts of all time nothing is new: there is no time before', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  await page.getByRole('main').getByRole('listitem').first().waitFor()
  expect(await page.getByRole('main').getByText('new', { exact: true }).count()).toBe(0)
})

test('an artist is followed, and unfollowed', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all&kind=artist')
  await page.getByRole('main').getByRole('link', { name: 'Maxstack' }).first().click()
  await kept(page, '/following/', () => page.getByRole('button', { name: 'Follow', exact: true }).click())
  await page.getByRole('button', { name: 'You follow' }).waitFor()
  await open(page, '/library/artists')
  await page.getByRole('main').getByRole('link', { name: 'Maxstack' }).click()
  await page.getByRole('button', { name: 'You follow' }).click()
  await page.getByRole('button', { name: 'Follow', exact: true }).waitFor()
})

test('the queue becomes a playlist, the playlist a file, and the file a playlist again', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  await page.getByRole('main').getByRole('button', { name: 'Play By-Product' }).click()
  await page.getByRole('button', { name: 'Queue', exact: true }).click()
  await page.getByRole('button', { name: 'Save the queue as a playlist' }).click()
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await page.getByRole('grid', { name: 'Tracks of the playlist' }).getByRole('row').first().waitFor()
  const title = (await page.title()).replace(' · Jonquil', '')

  await page.getByRole('main').getByRole('button', { name: 'Save as a file' }).click()
  const downloading = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'XSPF' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe(`${title}.xspf`)
  const text = await readFile(await download.path(), 'utf8')
  expect(text).toContain('By-Product')

  page.on('dialog', (dialog) => dialog.accept())
  await page.getByRole('main').getByRole('button', { name: 'Delete' }).click()
  await page.getByText(`${title} deleted`).waitFor()
  await open(page, '/library/playlists')
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Import a file' }).click()
  await (await choosing).setFiles({ name: 'list.xspf', mimeType: 'application/xspf+xml', buffer: Buffer.from(text) })
  const result = page.getByRole('dialog')
  await result.getByText(/entries found in the catalogue/).waitFor()
  await result.getByRole('link', { name: 'Open the playlist' }).click()
  const rows = page.getByRole('grid', { name: 'Tracks of the playlist' }).getByRole('row')
  await eventually(
    'the tracks are back',
    async () => (await rows.allInnerTexts()).join(),
    (names) => names.includes('By-Product'),
  )
  await page.getByRole('main').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('deleted').waitFor()
})

test('suggestions lead to a thing while its name is typed', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/')
  await page.getByRole('searchbox').fill('singul')
  await page
    .getByRole('navigation', { name: 'Suggestions' })
    .getByRole('link', { name: /Singularity/ })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: /Singularity/ }).waitFor()
})

/** The listener has heard something, and the statistics know it. */
async function hears() {
  const { access_token } = await session('listener')
  const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
  const { items } = await get<{ items: { id: string; duration_ms: number }[] }>('/api/v1/tracks/?limit=1&sort=plays')
  const played = items.map((track) => ({ track_id: track.id, ms_played: track.duration_ms, event_id: randomUUID() }))
  const answer = await fetch(`${service}/api/v1/analytics/listening-events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${access_token}` },
    body: JSON.stringify({ events: played }),
  })
  expect(answer.status).toBe(202)
  await eventually(
    'the play counts',
    () => get<{ plays: number }>(`/api/v1/users/${me.id}/stats?period=year`, access_token),
    (stats) => stats.plays > 0,
  )
}

test('the year is a picture that can be saved', async () => {
  await hears()
  const { page } = await visit({ as: 'listener' })
  await open(page, `/stats/year/${new Date().getFullYear()}`)
  await page.getByRole('img', { name: /as a picture/ }).waitFor()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save the picture' }).click()
  const content = await readFile(await (await downloading).path())
  expect(content.subarray(1, 4).toString()).toBe('PNG')
})

test('statistics are of a period or of days of one’s own, by plays or by hours', async () => {
  await hears()
  const { page, complaints } = await visit({ as: 'listener' })
  await open(page, '/stats?period=week')
  await page.getByText('Sittings', { exact: true }).waitFor()
  await page.getByText('Variety', { exact: true }).waitFor()
  // Two pictures beside each other are in line, also where one heading has a choice beside it.
  const topOf = async (name: string) => (await page.getByRole('heading', { name, exact: true }).boundingBox())?.y ?? 0
  expect(Math.abs((await topOf('By day')) - (await topOf('By hour')))).toBeLessThan(1)
  await page.getByRole('radio', { name: 'Own days' }).check()
  await page.waitForURL(/from=\d{4}-\d\d-\d\d.*to=\d{4}-\d\d-\d\d/)
  const from = page.getByLabel('From', { exact: true })
  await from.fill('2020-01-01')
  await page.waitForURL(/from=2020-01-01/)
  await page.getByRole('heading', { name: 'By week' }).waitFor()
  await page.getByRole('radio', { name: 'Hours' }).check()
  await page.getByText(/^Most in the week from .+ min$/).waitFor()
  expect(complaints).toEqual([])
})

test('a section is marked in the navigation on each of its pages, and its bare address leads to the first', async () => {
  const { page } = await visit({ as: 'listener' })
  const main = page.getByRole('navigation', { name: 'Main' })
  for (const path of ['/library/artists', '/library/history', '/library']) {
    await open(page, path)
    expect(await main.getByRole('link', { name: 'Library' }).getAttribute('aria-current')).toBe('page')
  }
  expect(new URL(page.url()).pathname).toBe('/app/library/playlists')
  await open(page, '/settings')
  expect(new URL(page.url()).pathname).toBe('/app/settings/profile')
})
