import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { open, visit } from '../browser'

const LETTERS = '**/api/v1/admin/dead-letters'

const letter = (at: number, more: object = {}) => ({
  id: `01890000-0000-7000-8000-00000000000${at}`,
  topic: 'jonquil.listens.v1',
  partition: 3,
  offset: 40 + at,
  projector: 'analytics',
  reason: 'refused',
  type: 'jonquil.listened.v1',
  error: `column ms_played: ${'too-long-'.repeat(12)}`,
  time: '2026-11-26T09:30:00Z',
  times: at,
  key: 'a key',
  size_bytes: 12,
  replayed_at: null,
  ...more,
})

/** No story can make a healthy system refuse an event, so the answers of the service are put in place of it. */
async function withLetters(page: Page) {
  let letters = [letter(1), letter(2, { type: null, reason: 'malformed', projector: 'search' })]
  const asked: { path: string; body: unknown }[] = []
  await page.route(`${LETTERS}**`, (route) => {
    const query = new URL(route.request().url()).searchParams
    const items = letters.filter((one) => !query.get('reason') || one.reason === query.get('reason'))
    return route.fulfill({ json: { items, total: items.length, limit: 50, offset: 0, next_cursor: null } })
  })
  await page.route(`${LETTERS}/**`, (route) => {
    const path = new URL(route.request().url()).pathname.split('dead-letters')[1] ?? ''
    if (route.request().method() === 'GET') {
      const one = letters.find((each) => path.endsWith(each.id))
      const text = one?.type ? '{"id": 1, "type": "jonquil.listened.v1"}' : null
      return route.fulfill({
        json: { ...one, event: text && JSON.parse(text), text, base64: '/wBKb25xdWls', malformed: null },
      })
    }
    const body = route.request().postDataJSON()
    asked.push({ path, body })
    if (path !== '/purge') return route.fulfill({ status: 202, json: { replayed: letters.length, more: false } })
    const purged = letters.length
    letters = []
    return route.fulfill({ json: { purged, more: false } })
  })
  return asked
}

test('dead letters are filtered, inspected, replayed and deleted', async () => {
  const { page, complaints } = await visit({ as: 'admin' })
  const asked = await withLetters(page)
  await open(page, '/operator')
  await page.getByRole('link', { name: '2 dead letters' }).click()
  const list = page.getByRole('list', { name: 'Dead letters' })
  await list.getByRole('listitem').nth(1).waitFor()

  await page.getByLabel('Reason').selectOption('refused')
  await page.waitForURL(/reason=refused/)
  await list.getByRole('listitem').nth(1).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Replay these' }).click()
  await page.getByText('2 events are replayed').waitFor()
  expect(asked.pop()).toEqual({ path: '/replay', body: { reason: 'refused' } })

  await list.getByRole('link', { name: 'jonquil.listened.v1' }).click()
  await page.getByText('"id": 1').waitFor()
  await page.getByText('partition 3, offset 41').waitFor()
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  await page.getByText('If it is refused again').or(page.getByText('Those that are refused again')).waitFor()
  expect(asked.pop()?.path).toMatch(/0001\/replay$/)

  await page.getByRole('link', { name: 'All dead letters' }).click()
  await list.getByRole('link', { name: 'Event of jonquil.listens.v1' }).click()
  await page.getByText('0000  ff 00 4a 6f 6e 71 75 69').waitFor()
  await page.goBack()
  const answers = [false, true]
  page.on('dialog', (dialog) => (answers.shift() ? dialog.accept() : dialog.dismiss()))
  await page.getByRole('button', { name: 'Delete all' }).click()
  expect(asked).toEqual([])
  await page.getByRole('button', { name: 'Delete all' }).click()
  await page.getByText('2 dead letters are deleted.').waitFor()
  await page.getByRole('heading', { name: 'No dead letters' }).waitFor()
  expect(asked.pop()).toEqual({ path: '/purge', body: { all: true } })
  expect(complaints).toEqual([])
})

test('dead letters fit on a phone, in Russian, and say when the list cannot be loaded', async () => {
  const { page } = await visit({ as: 'admin', width: 360, language: 'ru' })
  await withLetters(page)
  const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  await open(page, '/operator/dead-letters')
  await page.getByRole('list', { name: 'Отвергнутые события' }).getByRole('listitem').nth(1).waitFor()
  expect(await sideways()).toBeLessThanOrEqual(0)
  await page.getByRole('link', { name: 'Событие из jonquil.listens.v1' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Повторить', exact: true }).waitFor()
  expect(await sideways()).toBeLessThanOrEqual(0)

  await page.route(`${LETTERS}**`, (route) =>
    route.fulfill({ status: 500, contentType: 'application/problem+json', json: { type: '/problems/defect' } }),
  )
  await page.getByRole('link', { name: 'Все отвергнутые события' }).click()
  await page.getByRole('button', { name: 'Попробовать снова' }).waitFor()
})

/** A healthy system is never far behind, and no job of the demo grows while it runs: these answers are put in place of its own. */
test('how far a read model is behind is said in events and in time, and a job that grew says what is done', async () => {
  const { page, complaints } = await visit({ as: 'admin' })
  const since = '2026-11-26T09:30:00Z'
  const model = (name: string, done: number, lag_seconds: number | null) => ({
    name,
    schema: '1',
    error: null,
    feed: null,
    generations: [{ number: 1, schema: '1', stage: 'serving', since, done, of: 1000, lag_seconds }],
  })
  await page.route('**/api/v1/admin/projections', (route) =>
    route.fulfill({
      json: [
        model('analytics', 788, 1.24),
        model('search', 999, 754),
        model('counters', 1000, 0),
        {
          name: 'webhooks',
          schema: null,
          error: null,
          generations: [],
          feed: { done: 990, of: 1000, lag_seconds: 3 },
        },
      ],
    }),
  )
  const job = (at: number, more: object) => ({
    id: `01890000-0000-7000-8000-0000000000b${at}`,
    kind: 'waveforms',
    status: 'running',
    of: 10,
    created_at: since,
    finished_at: null,
    ...more,
  })
  const jobs = [
    job(1, { done: 12 }),
    job(2, { done: 4, rate_per_s: 2, seconds_left: 3 }),
    job(3, { done: 12, status: 'done', finished_at: since }),
  ]
  await page.route('**/api/v1/jobs/**', (route) =>
    route.fulfill({ json: { items: jobs, total: 3, limit: 10, offset: 0, next_cursor: null } }),
  )
  await open(page, '/operator')
  const rowOf = (name: string) => page.getByRole('listitem').filter({ hasText: name }).filter({ hasText: 'Rebuild' })
  await rowOf('Statistics').getByText('212 events behind · the oldest for 1.2 s', { exact: true }).waitFor()
  await rowOf('Search').getByText('1 event behind · the oldest for 12:34', { exact: true }).waitFor()
  await rowOf('Counters').getByText('Fresh', { exact: true }).waitFor()
  const webhooks = page.getByRole('listitem').filter({ hasText: '10 events behind · the oldest for 3 s' })
  await webhooks.getByText('Webhooks', { exact: true }).waitFor()
  expect(await webhooks.getByRole('button').count()).toBe(0)
  const rows = page.getByRole('region', { name: 'Jobs' }).getByRole('listitem')
  await rows.filter({ hasText: 'running · 12 done' }).waitFor()
  await rows.filter({ hasText: 'running · 4 of 10 done · 0:03 left' }).waitFor()
  expect(await rows.nth(2).innerText()).not.toContain('12 done')
  expect(complaints).toEqual([])
})
