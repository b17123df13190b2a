import { createContext } from 'react'

/**
 * The cover of a card moves to its place on the page of the thing, the one effect of the whole page. A page that has such a place itself has
 * no card that moves: there would be two of the name.
 */
export const BesideHero = createContext(false)

export const mayMove = () => !matchMedia('(prefers-reduced-motion: reduce)').matches

/** The one that was pressed gets the name of the large cover, for as long as its page is shown. */
export function nameCover(art: HTMLElement | null) {
  for (const other of document.querySelectorAll<HTMLElement>('[data-cover-moves]')) {
    other.style.viewTransitionName = ''
    delete other.dataset.coverMoves
  }
  if (!art) return
  art.dataset.coverMoves = ''
  art.style.viewTransitionName = 'cover'
}
