import { expect, test } from 'vitest'
import { app, settled, visit } from '../browser'

const MAX_SCRIPT_BYTES = 200_000
const MAX_SHIFT = 0.05

test('the first load is small and nothing jumps', async () => {
  const runs: { script: number; shift: number; paint: number }[] = []
  for (let run = 0; run < 3; run++) {
    const { page, context } = await visit({ as: 'listener' })
    await page.addInitScript(() => {
      const seen = globalThis as unknown as { shift: number; paint: number }
      seen.shift = 0
      seen.paint = 0
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) {
          if (!entry.hadRecentInput) seen.shift += entry.value
        }
      }).observe({ type: 'layout-shift', buffered: true })
      new PerformanceObserver((list) => {
        seen.paint = list.getEntries().at(-1)?.startTime ?? seen.paint
      }).observe({ type: 'largest-contentful-paint', buffered: true })
    })
    await page.goto(`${app}/`, { waitUntil: 'load' })
    await settled(page)
    await page.waitForLoadState('networkidle')
    runs.push(
      await page.evaluate(() => {
        const { shift, paint } = globalThis as unknown as { shift: number; paint: number }
        const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
        const scripts = entries.filter((entry) => /\.js$/.test(new URL(entry.name).pathname))
        return { script: scripts.reduce((sum, entry) => sum + entry.encodedBodySize, 0), shift, paint }
      }),
    )
    await context.close()
  }
  const middle = (of: (run: (typeof runs)[number]) => number) => runs.map(of).sort((one, two) => one - two)[1] ?? 0
  const shown = [middle((run) => run.script), middle((run) => run.shift), middle((run) => run.paint)]
  console.log(
    `first load: ${shown[0]} bytes of script, layout shift ${shown[1]?.toFixed(3)}, largest paint ${shown[2]?.toFixed(0)} ms`,
  )
  expect(shown[0]).toBeLessThan(MAX_SCRIPT_BYTES)
  expect(shown[1]).toBeLessThan(MAX_SHIFT)
})

test('no part of the first page waits for another one', async () => {
  const { page, context } = await visit({ as: 'listener' })
  // These never come: what is asked for all the same does not wait for them.
  await page.route(/\/assets\/(en|home-page)-[^/]*\.js$/, () => {})
  const parts = ['/assets/en-', '/assets/home-page-', '/api/v1/albums/recent/', '/api/v1/tracks/recommendations/']
  const asked = parts.map((part) => page.waitForRequest((request) => request.url().includes(part), { timeout: 20_000 }))
  await page.goto(`${app}/`, { waitUntil: 'commit' })
  await Promise.all(asked)
  // A browser asks for six files at a time over HTTP/1.1.
  const shell = await (await fetch(`${app}/`)).text()
  const first = shell.match(/<script [^>]*src=|rel="modulepreload"|rel="stylesheet"/g) ?? []
  expect(first.length).toBeLessThanOrEqual(6)
  await context.close()
})
