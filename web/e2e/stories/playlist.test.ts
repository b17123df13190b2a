import { expect, test } from 'vitest'
import { eventually, open, visit } from '../browser'

test('a playlist is filled from a menu, put in order by keyboard, and a removal is undone', async () => {
  const { page } = await visit({ as: 'listener' })
  const add = async (title: string, playlist: string | RegExp) => {
    await page
      .getByRole('main')
      .getByRole('button', { name: `More about ${title}`, exact: true })
      .click()
    await page.getByRole('menuitem', { name: 'Add to playlist' }).click()
    await page.getByRole('dialog').getByRole('button', { name: playlist }).first().click()
    await page.getByText(`${title} added to`).waitFor()
  }
  await open(page, '/charts?period=all')
  await add('Through Space', 'New playlist “Through Space”')
  await add('By-Product', /^Through Space$/)

  await open(page, '/library/playlists')
  await page.getByRole('main').getByRole('link', { name: 'Through Space' }).first().click()
  await page
    .getByRole('heading', { name: /Through Space/ })
    .first()
    .waitFor()
  const rows = page.getByRole('grid', { name: 'Tracks of the playlist' }).getByRole('row')
  const names = async () => (await rows.allInnerTexts()).map((text) => text.split('\n')[0])
  await eventually('both are there', names, (now) => now.join() === 'Through Space,By-Product')

  await rows.first().focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.locator('[data-drop-target]').waitFor({ state: 'attached' })
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await eventually('the order changed', names, (now) => now.join() === 'By-Product,Through Space')
  // The same without a drag, by the menu of a row.
  const menu = async (title: string, way: string) => {
    await rows.getByRole('button', { name: `More about ${title}`, exact: true }).click()
    await page.getByRole('menuitem', { name: way }).click()
  }
  await menu('Through Space', 'Move up')
  await eventually('it went up', names, (now) => now.join() === 'Through Space,By-Product')
  await menu('Through Space', 'Move down')
  await eventually('and down', names, (now) => now.join() === 'By-Product,Through Space')
  await menu('Through Space', 'Move to position…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Position, 1 to 2').fill('3')
  await page.keyboard.press('Enter')
  await dialog.getByText('It must be a whole number from 1 to 2.').waitFor()
  await dialog.getByLabel('Position, 1 to 2').fill('1')
  await page.keyboard.press('Enter')
  await eventually('it is at its position', names, (now) => now.join() === 'Through Space,By-Product')
  await menu('Through Space', 'Move down')
  await eventually('and down again', names, (now) => now.join() === 'By-Product,Through Space')
  await page.reload()
  await eventually('it stays', names, (now) => now.join() === 'By-Product,Through Space')

  await page.getByRole('button', { name: 'Remove By-Product' }).click()
  await eventually('it is gone', names, (now) => now.join() === 'Through Space')
  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually('it is back at its place', names, (now) => now.join() === 'By-Product,Through Space')

  page.on('dialog', (dialog) => dialog.accept())
  await page.getByRole('main').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Through Space deleted').waitFor()
  expect(await page.getByRole('main').getByRole('link', { name: 'Through Space' }).count()).toBe(0)
})
