import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type Options, open, visit } from '../browser'
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

test.each(VIEWS)('every page: $theme, $width, $language', { timeout: 300_000 }, async (view) => {
  const found: Record<string, string[]> = {}
  const all = await pages()
  for (const role of [undefined, 'listener', 'artist', 'admin'] as const) {
    const { page, context, complaints } = await visit({ ...view, ...(role && { as: role }) })
    for (const one of all.filter((each) => each.as === role)) {
      complaints.length = 0
      await open(page, one.path)
      // An account without an artist profile is a 404, which the browser reports by itself.
      const wrong = [...(await violations(page)), ...complaints.filter((text) => !text.includes('/artists/by-user/'))]
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (sideways > 0) wrong.push(`scrolls sideways by ${sideways} px`)
      if (wrong.length > 0) found[one.name] = wrong
      if (folder) {
        mkdirSync(folder, { recursive: true })
        const name = [one.name, view.theme, view.width, view.language].filter(Boolean).join('-')
        await page.screenshot({ path: join(folder, `${name}.png`) })
      }
    }
    await context.close()
  }
  expect(found).toEqual({})
})
