import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { getUserAnalyticsOptions } from '../api/gen/@tanstack/react-query.gen'
import { timeZone, useFormats } from '../i18n/formats'
import { WeekClock } from '../ui/chart/clock'
import { Figures } from '../ui/chart/numbers'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { queryOf, type Range } from './range'

/** How one listens: when, how widely, how long at a time. */
export function Habits({ userId, range }: { userId: string; range: Range }) {
  const t = useTranslations('stats')
  const formats = useFormats()
  const { data, error, refetch } = useQuery(
    getUserAnalyticsOptions({ path: { user_id: userId }, query: { ...queryOf(range), tz: timeZone() } }),
  )
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  const byDay = data.clock.map((hours) => hours.reduce((sum, plays) => sum + plays, 0))
  const { diversity, loyalty, sessions } = data
  const busiest = byDay.indexOf(Math.max(...byDay))
  return (
    <Section title={t('habits')}>
      <Figures
        figures={[
          { label: t('newTracks'), value: formats.number(data.new_tracks) },
          { label: t('discovery'), value: formats.percent(data.discovery_rate) },
          { label: t('again'), value: formats.percent(loyalty.repeat_rate) },
          { label: t('topTen'), value: formats.percent(loyalty.top_artists_share) },
          { label: t('variety'), value: formats.percent(diversity.artists), note: t('varietyNote') },
          {
            label: t('sittings'),
            value: formats.number(sessions.count),
            ...(sessions.count > 0 && {
              note: t('sittingLength', {
                average: formats.total(sessions.average_ms),
                longest: formats.total(sessions.longest_ms),
              }),
            }),
          },
        ]}
      />
      <WeekClock title={t('busiest', { day: formats.weekdayLong(busiest) })} hours={data.clock} unit={t('unit')} />
    </Section>
  )
}
