import { ArrowDown, ArrowUp } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Period } from '../ui/period'
import styles from './charts.module.css'

type Place = { rank: number; previous_rank?: number | null }

/** A place in a chart, and how it moved since the period before; before all time there is none. */
export function Move({ place, period }: { place: Place | undefined; period: Period }) {
  const t = useTranslations('charts')
  if (!place) return null
  const { rank, previous_rank: previous } = place
  const by = previous == null ? 0 : previous - rank
  return (
    <span className={styles.rank}>
      {rank}
      {by > 0 && (
        <small className={styles.up}>
          <ArrowUp aria-label={t('up')} />
          {by}
        </small>
      )}
      {by < 0 && (
        <small className={styles.down}>
          <ArrowDown aria-label={t('down')} />
          {-by}
        </small>
      )}
      {previous === null && period !== 'all' && <small className={styles.new}>{t('new')}</small>}
    </span>
  )
}
