/** "rock, new wave" as the list that the service takes. */
export function genresOf(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  return [...new Set(parts.filter((part) => part !== ''))]
}

/** A number, or null for an empty field; text that is no number goes to the service, which says what is wrong. */
export function numberOf(text: string): number | null {
  return text === '' ? null : Number(text)
}
