import { useLocale, useTranslations } from 'use-intl'

/** `4:05`, `1:02:07`; an unknown length is a dash. */
export function duration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return '–'
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

const LOCALES: Record<string, string> = { en: 'en-GB', ru: 'ru-RU' }
export const localeTag = (language: string) => LOCALES[language] ?? 'en-GB'
export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

const weekdayName = (tag: string, day: number, weekday: 'short' | 'long') =>
  new Intl.DateTimeFormat(tag, { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day))

const dayName = (tag: string, value: string) =>
  new Intl.DateTimeFormat(tag, { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(value))

/** As a sentence begins: Russian names of days and months have a small letter. */
export const capital = (text: string, tag: string) => text.charAt(0).toLocaleUpperCase(tag) + text.slice(1)

/** Numbers, dates and lengths of time as the language writes them. */
export function useFormats() {
  const tag = localeTag(useLocale())
  const t = useTranslations('time')
  return {
    number: (value: number | null | undefined) => (value == null ? '–' : new Intl.NumberFormat(tag).format(value)),
    compact: (value: number | null | undefined) =>
      value == null ? '–' : new Intl.NumberFormat(tag, { notation: 'compact', maximumFractionDigits: 1 }).format(value),
    percent: (share: number | null | undefined, digits = 0) =>
      share == null
        ? '–'
        : new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: digits }).format(share),
    change: (now: number, before: number) =>
      new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(
        before === 0 ? 0 : (now - before) / before,
      ),
    date: (value: string) => new Intl.DateTimeFormat(tag, { dateStyle: 'long' }).format(new Date(value)),
    day: (value: string) =>
      new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(value)),
    /** Of a moment, where the listener is; `day` is for dates without a time. */
    dayOf: (value: string) => new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short' }).format(new Date(value)),
    /** As a heading, with a capital. */
    weekdayOf: (value: string) => capital(dayName(tag, value), tag),
    /** Monday is 0. */
    weekday: (day: number) => weekdayName(tag, day, 'short'),
    weekdayLong: (day: number) => weekdayName(tag, day, 'long'),
    clock: (value: string) =>
      new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' }).format(new Date(value)),
    moment: (value: string) =>
      new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value)),
    bytes: (value: number) => {
      const step = value >= 1e9 ? 1e9 : value >= 1e6 ? 1e6 : 1e3
      const unit = step === 1e9 ? 'gigabyte' : step === 1e6 ? 'megabyte' : 'kilobyte'
      return new Intl.NumberFormat(tag, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value / step)
    },
    country: (code: string) => new Intl.DisplayNames(tag, { type: 'region' }).of(code) ?? code,
    year: (value: string) => value.slice(0, 4),
    /** "26 h 10 min" */
    total: (ms: number) => {
      const minutes = Math.round(ms / 60_000)
      if (minutes < 60) return t('minutes', { minutes })
      return t('hoursMinutes', { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
    },
  }
}
