import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { getUserAnalyticsOptions } from '../api/gen/@tanstack/react-query.gen'
import { timeZone, useFormats } from '../i18n/formats'
import { WeekClock } from '../ui/chart/clock'
import { Figures } from '../ui/chart/numbers'
import { Section } from '../ui/page'
import type { Period } from '../ui/period'
import { Problem, Skeleton } from '../ui/states'

/** How one listens: when, how widely, how long at a time. */
export function Habits({ userId, period }: { userId: string; period: Period }) {
  const t = useTranslations('stats')
  const formats = useFormats()
  const { data, error, refetch } = useQuery(
    getUserAnalyticsOptions({ path: { user_id: userId }, query: { period, tz: timeZone() } }),
  )
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  const byDay = data.clock.map((hours) => hours.reduce((sum, plays) => sum + plays, 0))
  const busiest = byDay.indexOf(Math.max(...byDay))
  return (
    <Section title={t('habits')}>
      <Figures
        figures={[
          { label: t('newTracks'), value: formats.number(data.new_tracks) },
          { label: t('discovery'), value: formats.percent(data.discovery_rate) },
        ]}
      />
      <WeekClock title={t('busiest', { day: formats.weekdayLong(busiest) })} hours={data.clock} unit={t('unit')} />
    </Section>
  )
}
