export interface Move<K> {
  id: 'toTop' | 'up' | 'down' | 'toEnd'
  target: K
  place: 'before' | 'after'
}

/** To a place of the list counted from 1; `undefined` where it stands there already or there is no such place. */
export function toPosition<K>(keys: readonly K[], at: number, position: number): Omit<Move<K>, 'id'> | undefined {
  const target = keys[position - 1]
  if (target === undefined || position - 1 === at) return undefined
  return { target, place: position - 1 < at ? 'before' : 'after' }
}

/** Where an item of a list can go without dragging (WCAG 2.5.7). The end of a list that is not whole is not known. */
export function moves<K>(keys: readonly K[], at: number, isWhole = true): Move<K>[] {
  const last = keys.length - 1
  const to = (id: Move<K>['id'], index: number, place: Move<K>['place']): Move<K>[] =>
    keys.slice(index, index + 1).map((target) => ({ id, target, place }))
  return [
    ...(at > 1 ? to('toTop', 0, 'before') : []),
    ...(at > 0 ? to('up', at - 1, 'before') : []),
    ...(at < last ? to('down', at + 1, 'after') : []),
    ...(at < last - 1 && isWhole ? to('toEnd', last, 'after') : []),
  ]
}
