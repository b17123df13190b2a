import type { UploadFile } from '../api/gen'

/** What was typed before a file goes; what is absent comes from its tags. An archive takes a title only. */
export type Details = Pick<UploadFile, 'title' | 'track_number' | 'disc_number' | 'genres' | 'explicit'>

/** "rock, new wave" as the list that the service takes. */
export function genresOf(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  return [...new Set(parts.filter((part) => part !== ''))]
}

/** A number, or null for an empty field; text that is no number goes to the service, which says what is wrong. */
export function numberOf(text: string): number | null {
  return text === '' ? null : Number(text)
}

/** Of the form's fields, those that say something. */
export function detailsOf(form: FormData): Details {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const genres = genresOf(text('genres'))
  return {
    ...(text('title') && { title: text('title') }),
    ...(text('track_number') && { track_number: Number(text('track_number')) }),
    ...(text('disc_number') && { disc_number: Number(text('disc_number')) }),
    ...(genres.length > 0 && { genres }),
    ...(form.has('explicit') && { explicit: true }),
  }
}
