import type en from './en.json'

declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof en
    Locale: Language
  }
}

export type Messages = typeof en
export type Language = 'en' | 'ru'
export const LANGUAGES: readonly Language[] = ['en', 'ru']

/** One language is loaded. */
export async function load(language: Language): Promise<Messages> {
  if (language === 'ru') return (await import('./ru.json')).default as Messages
  return (await import('./en.json')).default
}

export function preferred(languages: readonly string[]): Language {
  for (const tag of languages) {
    const base = tag.toLowerCase().split('-')[0]
    const known = LANGUAGES.find((language) => language === base)
    if (known) return known
  }
  return 'en'
}
