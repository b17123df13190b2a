import { useTranslations } from 'use-intl'
import { localDay } from '../ui/chart/days'
import { Choice } from '../ui/form'
import { PERIODS } from '../ui/period'
import { lastMonth, type Range } from './range'
import styles from './stats.module.css'

/** A period, or days of one's own. */
export function RangeChoice({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const t = useTranslations()
  const options = [
    ...PERIODS.map((value) => ({ value, label: t(`charts.periods.${value}`) })),
    { value: 'own' as const, label: t('stats.ownDays') },
  ]
  const today = localDay(new Date())
  return (
    <div className={styles.range}>
      <Choice
        label={t('charts.period')}
        hideLabel
        value={'period' in range ? range.period : 'own'}
        onChange={(value) => onChange(value === 'own' ? lastMonth(new Date()) : { period: value })}
        options={options}
      />
      {'from' in range && (
        <div className={styles.days}>
          {(['from', 'to'] as const).map((end) => (
            <label key={end}>
              {t(`stats.${end}`)}
              <input
                type="date"
                value={range[end]}
                max={today}
                onChange={(event) => event.target.value && onChange({ ...range, [end]: event.target.value })}
              />
            </label>
          ))}
        </div>
      )}
    </div>
  )
}
