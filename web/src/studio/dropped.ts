import type { DropItem } from 'react-aria-components'

/** The files of what was dropped, those in folders included. */
export async function filesOf(items: readonly DropItem[]): Promise<File[]> {
  const files: File[] = []
  for (const item of items) {
    if (item.kind === 'file') files.push(await item.getFile())
    if (item.kind === 'directory') files.push(...(await filesOf(await entriesOf(item))))
  }
  return files
}

async function entriesOf(folder: Extract<DropItem, { kind: 'directory' }>): Promise<DropItem[]> {
  const entries: DropItem[] = []
  for await (const entry of folder.getEntries()) entries.push(entry)
  return entries
}
