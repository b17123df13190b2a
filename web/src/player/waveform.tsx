import { type CSSProperties, useId, useMemo } from 'react'
import { Label, Slider, SliderThumb, SliderTrack } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { duration } from '../i18n/formats'
import { plainPath, resample, wavePath } from './peaks'
import styles from './waveform.module.css'

interface Props {
  peaks: readonly number[] | undefined
  positionMs: number
  durationMs: number
  onSeek: (positionMs: number) => void
  bars?: number
  disabled?: boolean
}

const HEIGHT = 24

/** The course of a track, and the slider over it. Until the peaks are there it is an even line of the same height. */
export function Waveform({ peaks, positionMs, durationMs, onSeek, bars = 110, disabled }: Props) {
  const t = useTranslations('player')
  const clip = useId()
  const path = useMemo(() => (peaks ? wavePath(resample(peaks, bars), HEIGHT) : plainPath(bars, HEIGHT)), [peaks, bars])
  const share = durationMs > 0 ? Math.min(1, positionMs / durationMs) : 0
  const width = bars * 4
  return (
    <Slider
      className={styles.slider ?? ''}
      minValue={0}
      maxValue={Math.max(1, Math.round(durationMs / 1000))}
      step={1}
      value={Math.round(positionMs / 1000)}
      onChange={(value) => onSeek(Number(value) * 1000)}
      isDisabled={disabled ?? false}
    >
      <Label className="hidden">{t('seek', { position: duration(positionMs), length: duration(durationMs) })}</Label>
      <SliderTrack
        className={styles.track ?? ''}
        style={{ '--played': `${share * 100}%` } as CSSProperties}
        data-course
      >
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <defs>
            <clipPath id={clip}>
              <rect width={width * share} height={HEIGHT} />
            </clipPath>
          </defs>
          <path d={path} className={styles.rest} />
          <path d={path} className={styles.played} clipPath={`url(#${clip})`} />
        </svg>
        <SliderThumb className={styles.thumb ?? ''} />
      </SliderTrack>
    </Slider>
  )
}
