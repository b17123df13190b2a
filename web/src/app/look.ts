import type { Language } from '../i18n/messages'

/** Theme, language and keys as chosen in this browser. `public/theme.js` reads the same entry before the first paint. */
export interface Look {
  theme: 'light' | 'dark' | 'system'
  language: Language | 'system'
  singleKeys: boolean
  announceTracks: boolean
}

const KEY = 'jonquil.look'
const DEFAULT: Look = { theme: 'system', language: 'system', singleKeys: true, announceTracks: false }

export function readLook(): Look {
  try {
    return { ...DEFAULT, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') }
  } catch {
    return DEFAULT
  }
}

export function writeLook(change: Partial<Look>) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readLook(), ...change }))
  } catch {
    // Storage is forbidden: the choice holds until the page is left.
  }
}

const light = matchMedia('(prefers-color-scheme: light)')

export function applyTheme(theme = readLook().theme) {
  const shown = theme === 'system' ? (light.matches ? 'light' : 'dark') : theme
  document.documentElement.dataset.theme = shown
  const meta = document.querySelector('meta[name=theme-color]')
  meta?.setAttribute('content', shown === 'light' ? '#f9f8f5' : '#0f0e0b')
}

export function chooseTheme(theme: Look['theme']) {
  writeLook({ theme })
  applyTheme(theme)
}

light.addEventListener('change', () => applyTheme())
