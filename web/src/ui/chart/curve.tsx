import { useId } from 'react'
import { useFormats } from '../../i18n/formats'
import styles from './chart.module.css'

/** How many are still there at each part of a track. */
export function Curve({ title, points, label }: { title: string; points: readonly number[]; label: string }) {
  const formats = useFormats()
  const id = useId()
  const step = 100 / Math.max(1, points.length - 1)
  const line = points.map(
    (share, at) => `${at === 0 ? 'M' : 'L'}${(at * step).toFixed(2)} ${(40 - share * 38).toFixed(2)}`,
  )
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <figcaption id={id}>
        <strong>{title}</strong>
      </figcaption>
      <svg className={styles.curve} viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">
        <path d={`${line.join('')}L100 40L0 40Z`} className={styles.area} />
        <path d={line.join('')} className={styles.line} />
      </svg>
      <div className={styles.axis} aria-hidden="true">
        <span>0 %</span>
        <span>50 %</span>
        <span>100 %</span>
      </div>
      <p className="hidden">{`${label}: ${points.map((share) => formats.percent(share)).join(', ')}`}</p>
    </figure>
  )
}
