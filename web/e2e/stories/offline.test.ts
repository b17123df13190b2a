import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { kept, open, visit } from '../browser'
import { drop } from '../drop'
import { wav } from '../wav'

const folder = mkdtempSync(join(tmpdir(), 'jonquil-offline-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const REASON = 'There is no connection. This works again when it is back.'

/** What a screen reader says of a control besides its name. */
const described = (control: Locator) =>
  control.evaluate((element) => {
    const ids = element.getAttribute('aria-describedby')?.split(' ') ?? []
    return ids.map((id) => document.getElementById(id)?.textContent).join(' ')
  })

test('without a connection a press that writes is disabled and says why, and works when it is back', async () => {
  const { page, context } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'By-Product' }).first()
  const heart = row.getByRole('button', { name: 'Like By-Product' })
  const more = row.getByRole('button', { name: 'More about By-Product' })
  // The menu is loaded when it is first asked for.
  await more.click()
  await page.getByRole('menuitem', { name: 'Add to playlist' }).waitFor()
  await page.keyboard.press('Escape')
  await context.setOffline(true)
  await page.getByText('No connection. Showing what was loaded.').waitFor()

  expect(await heart.getAttribute('aria-disabled')).toBe('true')
  expect(await described(heart)).toContain(REASON)
  const before = await heart.getAttribute('aria-pressed')
  await heart.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('status', { name: 'Messages' }).getByText(REASON).waitFor()
  expect(await heart.getAttribute('aria-pressed')).toBe(before)

  // In a menu too; what needs no connection goes on.
  await more.click()
  const add = page.getByRole('menuitem', { name: 'Add to playlist' })
  expect(await add.getAttribute('aria-disabled')).toBe('true')
  expect(await described(add)).toContain(REASON)
  await page.getByRole('menuitem', { name: 'Add to queue' }).click()
  await page.getByText('By-Product added to the queue').waitFor()

  await context.setOffline(false)
  await page.getByText('No connection. Showing what was loaded.').waitFor({ state: 'detached' })
  expect(await heart.getAttribute('aria-disabled')).toBeNull()
  await kept(page, '/favourites/', () => heart.click())
  await kept(page, '/favourites/', () => heart.click())
})

test('a form without a connection keeps what was typed, says why it is not sent, and is sent when it is back', async () => {
  const { page, context } = await visit({ as: 'listener' })
  await open(page, '/settings/account')
  const name = page.getByLabel('Name as shown')
  const typed = `Listener under way ${Date.now() % 1000}`
  await name.fill(typed)
  await context.setOffline(true)
  const save = page.getByRole('button', { name: 'Save', exact: true })
  await page.locator('button[aria-disabled]', { hasText: 'Save' }).waitFor()
  expect(await described(save)).toContain(REASON)
  await name.press('Enter')
  await page.getByRole('status', { name: 'Messages' }).getByText(REASON).waitFor()
  expect(await name.inputValue()).toBe(typed)
  await context.setOffline(false)
  await page.locator('button[aria-disabled]', { hasText: 'Save' }).waitFor({ state: 'detached' })
  await save.click()
  await page.getByText('Saved', { exact: true }).waitFor()
})

test('a file that is dropped without a connection goes by itself when it is back', async () => {
  const { page, context } = await visit({ as: 'artist' })
  await open(page, '/studio/upload')
  await context.setOffline(true)
  await page.getByText('No connection. Showing what was loaded.').waitFor()
  const pitch = 9000 + Math.floor(Math.random() * 4000)
  await drop(page, folder, [{ name: `ferry ${pitch}.wav`, content: wav(2, pitch) }])
  const row = page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').first()
  await row.getByText('waiting for the connection').waitFor()
  await context.setOffline(false)
  await row.getByText(/added|no artist/).waitFor({ timeout: 60_000 })
})

test('what was never loaded says so without a connection, and loads by itself when it is back', async () => {
  const { page, context } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  await context.setOffline(true)
  await page.getByText('No connection. Showing what was loaded.').waitFor()
  const main = page.getByRole('main')
  await main.getByRole('button', { name: 'Artists', exact: true }).click()
  await main.getByText('This was not loaded before. It will be when the connection is back.').waitFor()
  await context.setOffline(false)
  await main.getByRole('heading', { name: 'Artists' }).waitFor()
})
