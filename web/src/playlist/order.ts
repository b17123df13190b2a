/** Items moved together before or after another one; and the position to ask the server for, counted without the moved ones. */
export function moved<T extends { item_id: string }>(
  items: readonly T[],
  keys: ReadonlySet<string>,
  target: string,
  place: 'before' | 'after',
): { items: T[]; position: number } | undefined {
  if (keys.has(target)) return undefined
  const rest = items.filter((item) => !keys.has(item.item_id))
  const at = rest.findIndex((item) => item.item_id === target)
  if (at < 0) return undefined
  const position = place === 'before' ? at : at + 1
  const taken = items.filter((item) => keys.has(item.item_id))
  return { items: [...rest.slice(0, position), ...taken, ...rest.slice(position)], position }
}
