import { useId, useMemo } from 'react'
import { duration, useFormats } from '../../i18n/formats'
import { resample, wavePath } from '../../player/peaks'
import styles from './chart.module.css'
import { courseOf } from './drop'

const BARS = 110
const HEIGHT = 40

interface Props {
  title: string
  label: string
  /** Of those who came so far: 1/n of the track, 2/n … all of it. */
  shares: readonly number[]
  /** The course of the track, behind the curve. */
  peaks: readonly number[] | undefined
  durationMs: number | null | undefined
}

/** How many are still there at each part of a track. */
export function Curve({ title, label, shares, peaks, durationMs }: Props) {
  const formats = useFormats()
  const id = useId()
  const wave = useMemo(() => peaks && wavePath(resample(peaks, BARS), HEIGHT), [peaks])
  const course = courseOf(shares)
  const line = course.map(
    ({ at, share }, index) => `${index === 0 ? 'M' : 'L'}${(at * 100).toFixed(2)} ${(HEIGHT - share * 38).toFixed(2)}`,
  )
  const placeOf = (at: number) => (durationMs ? duration(at * durationMs) : formats.percent(at))
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <figcaption id={id}>
        <strong>{title}</strong>
      </figcaption>
      <div className={styles.stays} aria-hidden="true">
        {wave && (
          <svg viewBox={`0 0 ${BARS * 4} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            <path d={wave} className={styles.wave} data-course />
          </svg>
        )}
        <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <path d={`${line.join('')}L100 ${HEIGHT}L0 ${HEIGHT}Z`} className={styles.area} />
          <path d={line.join('')} className={styles.line} />
        </svg>
      </div>
      <div className={styles.axis} aria-hidden="true">
        {[0, 0.5, 1].map((at) => (
          <span key={at}>{placeOf(at)}</span>
        ))}
      </div>
      <p className="hidden">
        {`${label}: ${course.map(({ at, share }) => `${placeOf(at)} ${formats.percent(share)}`).join(', ')}`}
      </p>
    </figure>
  )
}
