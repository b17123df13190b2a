import type { Item } from './uploads'

/** How far all uploads together are; what was refused, or is not to go yet, does not count. */
export function progressOf(items: readonly Pick<Item, 'status' | 'sent' | 'file'>[]) {
  const counted = items.filter((item) => item.status !== 'held' && item.status !== 'failed')
  const bytes = counted.reduce((sum, item) => sum + item.file.size, 0)
  const isThere = (item: (typeof counted)[number]) => item.status === 'done' || item.status === 'known'
  const sent = counted.reduce((sum, item) => sum + item.file.size * (isThere(item) ? 1 : item.sent), 0)
  return {
    files: counted.length,
    done: counted.filter(isThere).length,
    bytes,
    sent: Math.round(sent),
    isGoing: counted.some((item) => item.status === 'waiting' || item.status === 'sending'),
  }
}
