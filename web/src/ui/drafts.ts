import { isSame, type Kept, type Values } from './edits'

/**
 * What was typed in long forms and is not saved yet. It is of this tab, so that two tabs do not overwrite each other's and nothing stays on a
 * shared computer; and of one person, so that nobody else who signs in here sees it. Passwords and files are in no draft.
 */
export interface Draft {
  /** The thing as it was when the typing began. */
  base: Kept
  values: Values
}

const BEFORE = 'jonquil.draft.'
const keyOf = (userId: string, form: string) => `${BEFORE}${userId}.${form}`

export function readDraft(userId: string, form: string): Draft | undefined {
  try {
    const text = sessionStorage.getItem(keyOf(userId, form))
    return text ? (JSON.parse(text) as Draft) : undefined
  } catch {
    return undefined
  }
}

export function writeDraft(userId: string, form: string, draft: Draft) {
  if (isSame(draft.base.values, draft.values)) return dropDraft(userId, form)
  try {
    sessionStorage.setItem(keyOf(userId, form), JSON.stringify(draft))
  } catch {
    // The browser keeps no more: the form itself still has it.
  }
}

export function dropDraft(userId: string, form: string) {
  sessionStorage.removeItem(keyOf(userId, form))
}

/** Whoever was here has left. */
export function dropDrafts() {
  const keys = Array.from({ length: sessionStorage.length }, (_, at) => sessionStorage.key(at) ?? '')
  for (const key of keys) if (key.startsWith(BEFORE)) sessionStorage.removeItem(key)
}
