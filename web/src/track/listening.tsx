import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { getTrackStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { lastDays } from '../ui/chart/days'
import { Figures } from '../ui/chart/figures'
import { Section } from '../ui/page'

/** How the track is heard: for everybody, without names. */
export function TrackListening({ id }: { id: string }) {
  const t = useTranslations('track')
  const formats = useFormats()
  const { data } = useQuery(getTrackStatsOptions({ path: { track_id: id } }))
  if (!data || data.listens === 0) return null
  const days = lastDays(data.by_day, 30)
  const best = days.reduce((one, two) => (two.plays > one.plays ? two : one))
  return (
    <Section title={t('listening')} note={t('listeningNote')}>
      <Figures
        figures={[
          { label: t('listeners'), value: formats.number(data.listeners) },
          { label: t('plays'), value: formats.number(data.plays) },
          { label: t('completion'), value: formats.percent(data.completion_rate) },
          { label: t('skips'), value: formats.percent(data.skip_rate) },
        ]}
      />
      <Bars
        title={best.plays > 0 ? t('bestDay', { day: formats.day(best.day) }) : t('quiet')}
        bars={days.map((day) => ({ key: day.day, label: formats.day(day.day), value: day.plays }))}
        unit={t('plays')}
      />
    </Section>
  )
}
