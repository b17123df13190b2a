/** What the fields of a form hold, by name: text, or `on` or nothing of a box that is checked or not. */
export type Values = Readonly<Record<string, string>>

/** A thing as it was read: what a form begins with, and what it is compared with when somebody else changed it. */
export interface Kept {
  version: number
  values: Values
}

/** A field that both changed, each in another way. */
export interface Conflict {
  name: string
  mine: string
  theirs: string
}

export const isSame = (one: Values, two: Values) => Object.keys(one).every((name) => one[name] === two[name])

/** What only one of both changed is kept of that one. Where both did, mine stands in the form, and there is a choice. */
export function merge(base: Values, mine: Values, theirs: Values): { values: Values; conflicts: Conflict[] } {
  const conflicts: Conflict[] = []
  const values = Object.keys(theirs).map((name): [string, string] => {
    const [was, my, their] = [base[name] ?? '', mine[name] ?? '', theirs[name] ?? '']
    if (my === was) return [name, their]
    if (their !== was && their !== my) conflicts.push({ name, mine: my, theirs: their })
    return [name, my]
  })
  return { values: Object.fromEntries(values), conflicts }
}
