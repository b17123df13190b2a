import { useTranslations } from 'use-intl'
import { Choice } from './form'

export const PERIODS = ['day', 'week', 'month', 'year', 'all'] as const
export type Period = (typeof PERIODS)[number]

/** Of which time the numbers are. */
export function PeriodChoice({ value, onChange }: { value: Period; onChange: (period: Period) => void }) {
  const t = useTranslations('charts')
  return (
    <Choice
      label={t('period')}
      hideLabel
      value={value}
      onChange={onChange}
      options={PERIODS.map((period) => ({ value: period, label: t(`periods.${period}`) }))}
    />
  )
}
