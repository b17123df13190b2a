import { expect, test } from 'vitest'
import { open, visit } from '../browser'

for (const motion of [true, false]) {
  test(`the cover ${motion ? 'moves' : 'does not move, where motion is not wanted,'} from its card to the page of the album`, async () => {
    const { page, complaints } = await visit({ as: 'listener', motion })
    await page.addInitScript(() => {
      const seen = globalThis as unknown as { moved: string[] }
      seen.moved = []
      const start = document.startViewTransition.bind(document)
      document.startViewTransition = (update) => {
        const transition = start(update)
        void transition.ready.then(() => {
          for (const { effect } of document.getAnimations())
            seen.moved.push((effect as KeyframeEffect).pseudoElement ?? '')
        })
        return transition
      }
    })
    await open(page, '/search')
    const moved = () => page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved)
    const card = page.getByRole('main').getByRole('article').getByRole('link').first()
    const title = await card.innerText()
    // The script of its page comes as soon as the pointer is over it.
    const script = page.waitForResponse((answer) => answer.url().includes('/assets/album-page-'))
    await card.hover()
    await script
    // What the card showed stands on the page before the service says more.
    await page.route(/\/api\/v1\/albums\/[0-9a-f-]{36}$/, () => {})
    await card.click()
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    if (motion) await page.waitForFunction(() => (globalThis as unknown as { moved: string[] }).moved.length > 0)
    expect((await moved()).includes('::view-transition-group(cover)')).toBe(motion)
    expect(complaints).toEqual([])
  })
}
