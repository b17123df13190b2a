import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** Drags files from the computer to the page, as a hand does. They lie in `folder`. */
export async function drop(page: Page, folder: string, files: { name: string; content: Buffer }[]) {
  const paths = files.map(({ name, content }) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  })
  const box = await page.getByText('Drop files, folders or a zip here').boundingBox()
  const [x, y] = [(box?.x ?? 0) + 10, (box?.y ?? 0) + 10]
  const browser = await page.context().newCDPSession(page)
  const data = { items: [], files: paths, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await browser.send('Input.dispatchDragEvent', { type, x, y, data })
}
