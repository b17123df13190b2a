import { expect, test } from 'vitest'
import { type Options, open, visit } from '../browser'
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
