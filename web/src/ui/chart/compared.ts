import { useFormats } from '../../i18n/formats'
import type { Figure } from './numbers'

/** A number beside that of the same length of time before; less than half a percent is no change. */
export function useCompared() {
  const formats = useFormats()
  return (label: string, value: string, now: number, before: number | undefined): Figure => {
    if (before === undefined || before === 0) return { label, value }
    const same = Math.abs(now - before) / before < 0.005
    return { label, value, note: formats.change(now, before), rises: same ? undefined : now > before }
  }
}
