import { ArrowDown, ArrowDownToLine, ArrowUp, ArrowUpToLine, ListOrdered } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MenuEntry } from './menu-popup'
import type { Move } from './moves'

const ICONS = { toTop: ArrowUpToLine, up: ArrowUp, down: ArrowDown, toEnd: ArrowDownToLine }

/** The ways of an item in its list, as entries of a menu; the last one asks for a position. Those of a list at the service write. */
export function useMoveEntries(writes: boolean) {
  const t = useTranslations('moves')
  return <K,>(ways: readonly Move<K>[], run: (way: Move<K>) => void, ask: () => void): MenuEntry[] => {
    if (ways.length === 0) return []
    const entries = ways.map((way) => {
      const Icon = ICONS[way.id]
      return { id: way.id, writes, icon: <Icon />, label: t(way.id), run: () => run(way) }
    })
    return [...entries, { id: 'toPosition', writes, icon: <ListOrdered />, label: t('toPosition'), run: ask }]
  }
}
