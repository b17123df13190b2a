import { fail, say } from './toasts'

/** Plain http on a LAN has no clipboard, and then nothing offers to copy. */
export const canCopy = () => 'clipboard' in navigator

/** The whole address of a place of the page. */
export function copyLink(path: string, done: string) {
  navigator.clipboard.writeText(`${location.origin}/app${path}`).then(() => say(done), fail)
}
