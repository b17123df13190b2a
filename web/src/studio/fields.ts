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
  const track_number = numberOf(text('track_number'))
  const disc_number = numberOf(text('disc_number'))
  return {
    ...(text('title') && { title: text('title') }),
    ...(track_number !== null && { track_number }),
    ...(disc_number !== null && { disc_number }),
    ...(genres.length > 0 && { genres }),
    ...(form.has('explicit') && { explicit: true }),
  }
}
