import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Options } from '../browser'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = process.env.JONQUIL_SCREENSHOTS

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  // A dialog hides the page behind it: its main part, and its heading.
  const asks = (await page.getByRole('dialog').or(page.getByRole('menu')).count()) > 0
  const rules = { 'page-has-heading-one': { enabled: !asks }, 'landmark-one-main': { enabled: !asks } }
  return page.evaluate(async (rules) => {
    type Result = { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }
    const run = (globalThis as unknown as { axe: { run: (rules: object) => Promise<Result> } }).axe.run
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations: found } = await run({ runOnly: { type: 'tag', values: tags }, rules })
    return found.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
    )
  }, rules)
}

/** Until what moves or fades in stands: half-way its colours are others. What turns for ever is not waited for. */
async function stands(page: Page) {
  await page.evaluate(() => {
    const ends = (one: Animation) => one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY
    const moving = document.getAnimations().filter(ends)
    return Promise.all(moving.map((one) => one.finished.catch(() => undefined)))
  })
}

/** What is wrong with a page as it stands. The browser itself reports the 404 of an account without an artist profile. */
export async function faults(page: Page, complaints: string[]): Promise<string[]> {
  await stands(page)
  const wrong = [...(await violations(page)), ...complaints.filter((text) => !text.includes('/artists/by-user/'))]
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  return sideways > 0 ? [...wrong, `scrolls sideways by ${sideways} px`] : wrong
}

export async function picture(page: Page, name: string, view: Options) {
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  const words = [name, view.theme, view.width, view.language].filter(Boolean)
  // What was drawn last, also on a busy machine.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.screenshot({ path: join(folder, `${words.join('-')}.png`) })
}
