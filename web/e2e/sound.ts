import type { Page } from 'playwright-core'
import { eventually, position } from './browser'

/** Until so many seconds of what plays have sounded. */
export const sounds = (page: Page, atLeast = 1) =>
  eventually(
    'it sounds',
    () => position(page),
    (seconds) => seconds >= atLeast,
  )

/** Presses the button of this name on the page and waits until it sounds. */
export async function listen(page: Page, button: string | RegExp = /^Play /, atLeast = 1) {
  await page.getByRole('main').getByRole('button', { name: button }).first().click()
  await sounds(page, atLeast)
}
