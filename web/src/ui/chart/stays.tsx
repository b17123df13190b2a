import { useTranslations } from 'use-intl'
import type { Track } from '../../api/gen'
import { duration, useFormats } from '../../i18n/formats'
import { usePeaks } from '../../player/use-peaks'
import { Curve } from './curve'
import { atHalf, leavesAt } from './drop'

/** Who stays how long with a track, over its course, and where most leave. */
export function Stays({ track, shares }: { track: Track; shares: readonly number[] }) {
  const t = useTranslations('stays')
  const formats = useFormats()
  const peaks = usePeaks(track.audio ? track.id : undefined)
  const half = atHalf(shares)
  if (half === undefined) return null
  const place = leavesAt(shares)
  const finding =
    place && track.duration_ms
      ? t('leave', { share: formats.percent(half), time: duration(place.at * track.duration_ms) })
      : t('half', { share: formats.percent(half) })
  return <Curve title={finding} label={t('label')} shares={shares} peaks={peaks} durationMs={track.duration_ms} />
}
