interface Keyed {
  item_id: string
}

/**
 * Items moved together before or after another one, or to the front; and the position to ask the server for, counted without the moved
 * ones.
 */
export function moved<T extends Keyed>(
  items: readonly T[],
  keys: ReadonlySet<string>,
  target: string | undefined,
  place: 'before' | 'after',
  toFront = false,
): { items: T[]; position: number } | undefined {
  if (target !== undefined && keys.has(target)) return undefined
  const rest = items.filter((item) => !keys.has(item.item_id))
  const at = rest.findIndex((item) => item.item_id === target)
  if (at < 0 && !toFront) return undefined
  const position = toFront ? 0 : place === 'before' ? at : at + 1
  const taken = items.filter((item) => keys.has(item.item_id))
  return { items: [...rest.slice(0, position), ...taken, ...rest.slice(position)], position }
}

/** Behind what each of some items stood, front to back, so that they can go back one by one. */
export function placeOf(items: readonly Keyed[], keys: ReadonlySet<string>) {
  return items.flatMap((item, at) =>
    keys.has(item.item_id) ? [{ key: item.item_id, after: items[at - 1]?.item_id, first: at === 0 }] : [],
  )
}
