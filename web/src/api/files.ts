/** Hands a file to the browser's downloads. */
export function save(content: Blob, name: string) {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The download has begun by then; a page that is left frees the rest.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** A title as the name of a file on every system. */
export function fileName(title: string, extension: string): string {
  const safe = title
    .replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 100)
  return `${safe || 'jonquil'}.${extension}`
}
