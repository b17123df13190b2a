const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bYaBrowser\//, 'Yandex'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
]
const SYSTEMS: [RegExp, string][] = [
  [/\b(iPhone|iPod)\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** "Firefox, Linux" of a User-Agent; its first word where it is nothing known. */
export function browserOf(userAgent: string | null | undefined): string | undefined {
  if (!userAgent) return undefined
  const find = (of: [RegExp, string][]) => of.find(([pattern]) => pattern.test(userAgent))?.[1]
  const found = [find(BROWSERS), find(SYSTEMS)].filter(Boolean)
  return found.length > 0 ? found.join(', ') : userAgent.split(/[\s/]/)[0]
}
