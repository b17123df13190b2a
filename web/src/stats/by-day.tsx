import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { DayPlays } from '../api/gen'
import { useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { inWeeks, lastDays } from '../ui/chart/days'
import { Choice } from '../ui/form'
import { Section } from '../ui/page'
import { daysOf, type Range } from './range'

const HOUR_MS = 3_600_000
/** More bars than these are too thin to be seen. */
const MAX_BARS = 92
type Measure = 'plays' | 'time'

/** Each day, or each week of a long time, by its plays or by how long was listened. */
export function ByDay({ days: known, range }: { days: DayPlays[]; range: Range }) {
  const t = useTranslations('stats')
  const formats = useFormats()
  const [by, setBy] = useState<Measure>('plays')
  const { count, last } = daysOf(range, new Date())
  const byWeek = count > MAX_BARS
  const all = lastDays(known, count, last)
  const days = byWeek ? inWeeks(all) : all
  const barOf = (day: DayPlays) => (by === 'plays' ? day.plays : Math.round((day.listened_ms / HOUR_MS) * 10) / 10)
  const amount = (day: DayPlays) => (by === 'plays' ? day.plays : day.listened_ms)
  const best = days.reduce((one, two) => (amount(two) > amount(one) ? two : one))
  const day = formats.day(best.day)
  const finding =
    by === 'plays'
      ? t(byWeek ? 'bestWeek' : 'bestDay', { day, count: best.plays })
      : t(byWeek ? 'bestWeekTime' : 'bestDayTime', { day, time: formats.total(best.listened_ms) })
  return (
    <Section
      title={byWeek ? t('byWeek') : t('byDay')}
      {...('period' in range && range.period === 'all' && { note: t('lastThirty') })}
      action={
        <Choice
          label={t('measure')}
          hideLabel
          value={by}
          onChange={setBy}
          options={(['plays', 'time'] as const).map((value) => ({ value, label: t(`measures.${value}`) }))}
        />
      }
    >
      <Bars
        title={amount(best) > 0 ? finding : t('quietMonth')}
        unit={by === 'plays' ? t('unit') : t('unitHours')}
        bars={days.map((one) => ({ key: one.day, label: formats.day(one.day), value: barOf(one) }))}
        peak
      />
    </Section>
  )
}
