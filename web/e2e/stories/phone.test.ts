import { expect, test } from 'vitest'
import { eventually, open, visit } from '../browser'

test('on a phone, in Russian: find, play, the whole player, the queue', async () => {
  const { page, complaints } = await visit({ as: 'listener', width: 360, language: 'ru', theme: 'light' })
  await open(page, '/')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('ru')
  await page.getByRole('searchbox').fill('сингулярити')
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Слушать/ })
    .first()
    .click()
  await page.getByRole('link', { name: 'Открыть плеер' }).click()
  await eventually(
    'it sounds',
    async () => {
      const text = await page.getByRole('main').innerText()
      const found = text.match(/(\d+):(\d\d)/)
      return found ? Number(found[2]) : -1
    },
    (seconds) => seconds >= 1,
  )
  await page.getByRole('main').getByRole('link', { name: 'Очередь' }).click()
  await page.getByRole('heading', { name: 'Очередь' }).first().waitFor()
  expect(complaints).toEqual([])
})

test('the language and the theme are chosen, and stay', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/settings/look')
  await page.getByRole('radio', { name: 'Русский' }).check()
  await page.getByRole('heading', { name: 'Настройки' }).waitFor()
  await page.getByRole('radio', { name: 'Светлая' }).check()
  await page.reload()
  await page.getByRole('heading', { name: 'Настройки' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
})

test('Back keeps the place on the page', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/')
  const link = page.getByRole('main').getByRole('link', { name: 'Maxstack' }).last()
  await link.scrollIntoViewIfNeeded()
  const before = await page.evaluate(() => scrollY)
  expect(before).toBeGreaterThan(200)
  await link.click()
  await page
    .getByRole('heading', { name: /Maxstack/ })
    .first()
    .waitFor()
  await page.goBack()
  await eventually(
    'the place is back',
    () => page.evaluate(() => scrollY),
    (now) => Math.abs(now - before) < 60,
  )
})
