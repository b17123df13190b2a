import { type KeyboardEvent, useId, useState } from 'react'
import { useTranslations } from 'use-intl'
import { useFormats } from '../../i18n/formats'
import styles from './chart.module.css'

export interface Bar {
  key: string
  label: string
  value: number
  /** The same part of the period before, drawn as an outline. */
  before?: number
}

interface Props {
  /** What the picture says, in words. */
  title: string
  unit: string
  bars: Bar[]
  height?: number
  /** Marks the largest. */
  peak?: boolean
}

/** Bars of one colour. The arrows step through them, and the numbers can be had as a table. */
export function Bars({ title, unit, bars, height = 160, peak }: Props) {
  const t = useTranslations('chart')
  const formats = useFormats()
  const id = useId()
  const [at, setAt] = useState<number>()
  const [table, setTable] = useState(false)
  const most = Math.max(1, ...bars.map((bar) => Math.max(bar.value, bar.before ?? 0)))
  const largest = bars.findIndex((bar) => bar.value === most)
  const shown = at === undefined ? undefined : bars[at]
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowRight: (at ?? -1) + 1, ArrowLeft: (at ?? bars.length) - 1, Home: 0, End: bars.length - 1 }[
      event.key
    ]
    if (to === undefined) return
    event.preventDefault()
    setAt(Math.min(bars.length - 1, Math.max(0, to)))
  }
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <figcaption id={id}>
        <strong>{title}</strong>
        <button type="button" className={styles.toggle} aria-expanded={table} onClick={() => setTable(!table)}>
          {table ? t('picture') : t('table')}
        </button>
      </figcaption>
      {table ? (
        <BarsTable bars={bars} unit={unit} />
      ) : (
        <div
          className={styles.plot}
          role="slider"
          tabIndex={0}
          aria-valuemin={0}
          aria-valuemax={bars.length - 1}
          aria-valuenow={at ?? 0}
          data-arrows
          aria-label={t('arrows', { title })}
          aria-valuetext={shown ? `${shown.label}: ${formats.number(shown.value)} ${unit}` : title}
          style={{ blockSize: height }}
          onKeyDown={onKeyDown}
          onPointerLeave={() => setAt(undefined)}
          onBlur={() => setAt(undefined)}
        >
          {bars.map((bar, index) => (
            <span
              key={bar.key}
              className={`${styles.column} ${at === index ? styles.chosen : ''} ${peak && index === largest ? styles.peak : ''}`}
              onPointerEnter={() => setAt(index)}
            >
              {bar.before !== undefined && (
                <i className={styles.before} style={{ blockSize: `${(bar.before / most) * 100}%` }} />
              )}
              <i style={{ blockSize: `${(bar.value / most) * 100}%` }} />
            </span>
          ))}
        </div>
      )}
      {!table && (
        <div className={styles.axis} aria-hidden="true">
          {shown ? (
            <b>{`${shown.label} · ${formats.number(shown.value)} ${unit}`}</b>
          ) : (
            ticks(bars).map((bar) => <span key={bar.key}>{bar.label}</span>)
          )}
        </div>
      )}
    </figure>
  )
}

const ticks = (bars: Bar[]) =>
  [0, 1 / 3, 2 / 3, 1].map((share) => bars[Math.round(share * (bars.length - 1))]).filter((bar) => bar !== undefined)

function BarsTable({ bars, unit }: { bars: Bar[]; unit: string }) {
  const formats = useFormats()
  return (
    <div className={styles.scroll}>
      <table>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.key}>
              <th scope="row">{bar.label}</th>
              <td>{`${formats.number(bar.value)} ${unit}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
