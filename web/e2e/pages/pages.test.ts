import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type Options, open, visit } from '../browser'
import { fill } from '../filled'
import { pages } from './list'

/** Each page as people see it: no violation that axe finds, no complaint of the browser, no sideways scroll. */
const VIEWS: Options[] = [
  { theme: 'dark', width: 1440 },
  { theme: 'light', width: 1440 },
  { theme: 'dark', width: 360 },
  { theme: 'light', width: 360, language: 'ru' },
]
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = process.env.JONQUIL_SCREENSHOTS

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    type Result = { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }
    const run = (globalThis as unknown as { axe: { run: (rules: object) => Promise<Result> } }).axe.run
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations: found } = await run({ runOnly: { type: 'tag', values: tags } })
    return found.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
    )
  })
}

/** What is wrong with a page as it stands now. The browser itself reports the 404 of an account without an artist profile. */
async function faults(page: Page, complaints: string[]): Promise<string[]> {
  const wrong = [...(await violations(page)), ...complaints.filter((text) => !text.includes('/artists/by-user/'))]
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  return sideways > 0 ? [...wrong, `scrolls sideways by ${sideways} px`] : wrong
}

async function picture(page: Page, name: string, view: Options) {
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  const words = [name, view.theme, view.width, view.language].filter(Boolean)
  await page.screenshot({ path: join(folder, `${words.join('-')}.png`) })
}

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
