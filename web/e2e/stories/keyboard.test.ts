import { expect, test } from 'vitest'
import { eventually, open, visit } from '../browser'
import { listen, sounds } from '../sound'

test('everything by keyboard: search, play, seek, pause, queue, help', async () => {
  const { page, complaints } = await visit({ as: 'listener' })
  await open(page, '/')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
  await page.keyboard.press('/')
  await page.keyboard.type('singularity')
  await page.getByRole('list', { name: 'Tracks' }).waitFor()
  // Tab goes on from the field to the results; Enter plays the row that has the focus.
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-row') !== null)
  for (let press = 0; press < 40 && !(await focused()); press++) await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toBe(true)
  await page.keyboard.press('Enter')
  await sounds(page)

  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await sounds(page, 10)
  await page.keyboard.press(' ')
  const player = page.getByRole('region', { name: 'Player' })
  await player.getByRole('button', { name: 'Play', exact: true }).waitFor()

  await page.keyboard.press('q')
  await page.getByRole('heading', { name: 'Queue' }).waitFor()
  await page.keyboard.press('q')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('c')
  await page.getByRole('heading', { name: 'Charts' }).waitFor()
  // Navigation moves the focus to the heading and changes the title.
  await eventually(
    'the focus is on the heading',
    () => page.evaluate(() => document.activeElement?.tagName),
    (tag) => tag === 'H1',
  )
  expect(await page.title()).toContain('Charts')
  expect(complaints).toEqual([])
})

test('the queue is put in another order by keyboard, and undone', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  await listen(page)
  await page.keyboard.press(' ')
  await page.getByRole('button', { name: 'Queue' }).click()
  const rows = page.getByRole('grid', { name: 'What comes' }).getByRole('row')
  const names = async () => (await rows.allInnerTexts()).map((text) => text.split('\n')[0])
  await rows.first().waitFor()
  const [first, second] = await names()
  // A row takes the focus, the arrow goes on to its handle.
  await rows.first().focus()
  await page.keyboard.press('ArrowRight')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Move/)
  await page.keyboard.press('Enter')
  await page.locator('[data-drop-target]').waitFor({ state: 'attached' })
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await rows.first().waitFor()
  const moved = await eventually('the order changed', names, (now) => now[0] === second)
  expect(moved).toContain(first)
  await page.getByRole('button', { name: `Remove ${second}` }).click()
  await eventually('it is gone', names, (now) => now[0] !== second)
  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually('it is back', names, (now) => now[0] === second)
})

test('what one adds to the queue stands first, by its name, and goes elsewhere without a drag', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/charts?period=all')
  const main = page.getByRole('main')
  await main
    .getByRole('button', { name: /^Play / })
    .first()
    .click()
  const player = page.getByRole('region', { name: 'Player' })
  await player.getByRole('button', { name: 'Pause' }).click()
  const menu = main.getByRole('button', { name: /^More about / }).last()
  const title = (await menu.getAttribute('aria-label'))?.replace('More about ', '') ?? ''
  await menu.click()
  await page.getByRole('menuitem', { name: 'Add to queue' }).click()
  await page.getByRole('button', { name: 'Queue', exact: true }).click()
  const nextUp = page.getByRole('heading', { name: 'Next up, yours' })
  await nextUp.waitFor()
  const rows = page.getByRole('grid', { name: 'What comes' }).getByRole('row')
  // The first of the source has a heading of its own.
  const names = async () =>
    (await rows.allInnerTexts()).map((text) => text.split('\n').filter((line) => !line.startsWith('Then, '))[0])
  await rows.getByText('Then, from Charts').waitFor()
  const [added, second, third] = await names()
  expect(added).toBe(title)
  const move = async (at: number, way: string) => {
    await rows
      .nth(at)
      .getByRole('button', { name: `More about ${title}`, exact: true })
      .click()
    await page.getByRole('menuitem', { name: way }).click()
  }
  await move(0, 'Move down')
  await eventually('it went down', names, (now) => now.slice(0, 3).join() === [second, title, third].join())
  await nextUp.waitFor({ state: 'detached' })
  await move(1, 'Move to the end')
  await eventually('it is last', names, (now) => now[1] === third && now.at(-1) === title)
  await move(-1, 'Move to position…')
  await page
    .getByRole('dialog')
    .getByLabel(/^Position, 1 to/)
    .waitFor()
  await page.keyboard.press('Escape')
  await eventually(
    'whoever asked and left is at the row again',
    () => page.evaluate(() => document.activeElement?.getAttribute('aria-label')),
    (label) => label === title,
  )
  await move(-1, 'Move to position…')
  await page
    .getByRole('dialog')
    .getByLabel(/^Position, 1 to/)
    .fill('2')
  await page.keyboard.press('Enter')
  await eventually('it is the second', names, (now) => now[1] === title)
})

test('a shelf has only cards that are seen, and a long name ends in an ellipsis', async () => {
  const { page } = await visit({ as: 'listener', width: 1100 })
  await open(page, '/')
  const rows = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('[class*=_shelf_]')].map(
        (shelf) => new Set([...shelf.children].map((card) => Math.round(card.getBoundingClientRect().top))).size,
      ),
    )
  for (const width of [1100, 1440, 800]) {
    await page.setViewportSize({ width, height: 900 })
    await eventually(`whole rows at ${width}`, rows, (now) => now.length > 0 && now.every((tops) => tops === 1))
  }
  // Only text in the line itself is cut with an ellipsis; a box in it is cut off.
  const boxes = await page.evaluate(
    () =>
      [...document.querySelectorAll('li .cut > a')].filter((link) => getComputedStyle(link).display !== 'inline')
        .length,
  )
  expect(boxes).toBe(0)
})
