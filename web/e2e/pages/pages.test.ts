import { expect, test } from 'vitest'
import { get, type Options, open, service, session, visit } from '../browser'
import { fill } from '../filled'
import { pages } from './list'
import { faults, picture } from './look'

/** Each page as people see it: no violation that axe finds, no complaint of the browser, no sideways scroll. */
const VIEWS: Options[] = [
  { theme: 'dark', width: 1440 },
  { theme: 'light', width: 1440 },
  { theme: 'dark', width: 360 },
  { theme: 'light', width: 360, language: 'ru' },
]
test.each(VIEWS)('every page: $theme, $width, $language', { timeout: 300_000 }, async (view) => {
  const found: Record<string, string[]> = {}
  const all = await pages()
  for (const name of new Set(all.map((one) => one.as))) {
    const { page, context, complaints } = await visit({ ...view, ...(name && { as: name }) })
    for (const one of all.filter((each) => each.as === name)) {
      complaints.length = 0
      await open(page, one.path)
      const wrong = await faults(page, complaints)
      if (wrong.length > 0) found[one.name] = wrong
      await picture(page, one.name, view)
    }
    await context.close()
  }
  expect(found).toEqual({})
})

/** What the player looks like at each width: the bar with the queue beside it, as a sheet, and the pages of a phone. */
const PLAYERS: Options[] = [...VIEWS, { theme: 'light', width: 1000 }, { theme: 'dark', width: 360, language: 'ru' }]

test.each(PLAYERS)('a filled player and its queue: $theme, $width, $language', async (view) => {
  await fill()
  const { page, context, complaints } = await visit({ ...view, as: 'anna' })
  const found: Record<string, string[]> = {}
  const look = async (name: string) => {
    const wrong = await faults(page, complaints)
    if (wrong.length > 0) found[name] = wrong
    await picture(page, name, view)
  }
  const phone = (view.width ?? 0) < 640
  await open(page, '/charts?period=all')
  await page
    .getByRole('main')
    .getByRole('button', { name: /^(Play By-Product|Слушать «By-Product»)$/ })
    .click()
  const player = page.locator('section[aria-label="Player"], section[aria-label="Плеер"]')
  await player.getByRole('button', { name: /^(Pause|Пауза)$/ }).click()
  await look('player')
  if (phone) {
    await open(page, '/now')
    await look('now')
    await open(page, '/queue')
    await page.getByRole('grid').getByRole('row').first().waitFor()
    await look('queue')
  } else {
    await player.getByRole('button', { name: 'Queue' }).click()
    await page.getByRole('grid').getByRole('row').first().waitFor()
    await look('player-queue')
    await page.keyboard.press('Escape')
    await open(page, '/now')
    await look('now')
  }
  expect(found).toEqual({})
  await context.close()
})

/** What a page is between its first and its last state: without a connection, asking, holding two versions. */
const STATES: Options[] = [
  { theme: 'dark', width: 1440 },
  { theme: 'light', width: 360 },
]

test.each(STATES)('without a connection, and asking in a dialog: $theme, $width', async (view) => {
  const { playlist } = await fill()
  const { page, context, complaints } = await visit({ ...view, as: 'anna' })
  const found: Record<string, string[]> = {}
  const look = async (name: string) => {
    const wrong = await faults(page, complaints)
    if (wrong.length > 0) found[name] = wrong
    await picture(page, name, view)
  }
  await open(page, `/playlists/${playlist}`)
  const main = page.getByRole('main')
  const more = main
    .getByRole('grid')
    .getByRole('button', { name: /^More about / })
    .nth(2)
  await more.click()
  await page.getByRole('menuitem', { name: 'Move to position…' }).click()
  await page
    .getByRole('dialog')
    .getByLabel(/^Position/)
    .waitFor()
  await look('state-position')
  await page.keyboard.press('Escape')

  await more.click()
  await page.getByRole('menuitem', { name: 'Report' }).click()
  await page.getByRole('dialog').getByLabel('What is wrong with it?').waitFor()
  await look('state-report')
  await page.keyboard.press('Escape')

  await context.setOffline(true)
  await page.getByText('No connection. Showing what was loaded.').waitFor()
  await more.click()
  await page.getByRole('menuitem', { name: 'Add to playlist' }).waitFor()
  await look('state-offline')
  expect(found).toEqual({})
  await context.close()
})

test.each(STATES)('two versions of a form, and a draft: $theme, $width', async (view) => {
  const { own } = await fill()
  const { access_token } = await session('kim')
  const track = await get<{ title: string; version: number }>(`/api/v1/tracks/${own}`, access_token)
  const { page, context, complaints } = await visit({ ...view, as: 'kim' })
  await open(page, `/studio/tracks/${own}`)
  await page.getByLabel('Title').fill('Harbour lights, seen from the ferry')
  await page.getByLabel('Genres').fill('drone')
  await page.reload()
  await page.getByText('What you wrote before is here again.').waitFor()
  const change = async (title: string) => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${access_token}` }
    const body = JSON.stringify({ title })
    expect((await fetch(`${service}/api/v1/tracks/${own}`, { method: 'PUT', headers, body })).status).toBe(200)
  }
  await change('The lights of the harbour')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('group', { name: 'Title' }).waitFor()
  // The browser itself reports the 412.
  expect(
    await faults(
      page,
      complaints.filter((text) => !text.includes('412')),
    ),
  ).toEqual([])
  await picture(page, 'state-versions', view)
  await change(track.title)
  await context.close()
})
