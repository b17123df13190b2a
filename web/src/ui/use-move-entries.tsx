import { ArrowDown, ArrowDownToLine, ArrowUp, ArrowUpToLine } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MenuEntry } from './menu-popup'
import type { Move } from './moves'

const ICONS = { toTop: ArrowUpToLine, up: ArrowUp, down: ArrowDown, toEnd: ArrowDownToLine }

/** The ways of an item in its list, as entries of a menu. */
export function useMoveEntries() {
  const t = useTranslations('moves')
  return <K,>(ways: readonly Move<K>[], run: (way: Move<K>) => void): MenuEntry[] =>
    ways.map((way) => {
      const Icon = ICONS[way.id]
      return { id: way.id, icon: <Icon />, label: t(way.id), run: () => run(way) }
    })
}
