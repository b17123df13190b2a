import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { getTrackAnalyticsOptions } from '../api/gen/@tanstack/react-query.gen'
import { timeZone, useFormats } from '../i18n/formats'
import { Figures } from '../ui/chart/numbers'
import { Stays } from '../ui/chart/stays'
import { Section } from '../ui/page'
import { Problem } from '../ui/states'
import styles from './studio.module.css'

/** How far people hear one's own track. */
export function WhoStays({ track }: { track: Track }) {
  const t = useTranslations()
  const formats = useFormats()
  const query = { period: 'month', tz: timeZone() } as const
  const { data, error, refetch } = useQuery(getTrackAnalyticsOptions({ path: { track_id: track.id }, query }))
  if (!track.audio || (!data && !error)) return null
  return (
    <Section title={t('stays.title')} note={t('track.listeningNote')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : data.drop_off.length === 0 ? (
        <p className={styles.quiet}>{t('stays.nobody')}</p>
      ) : (
        <>
          <Figures
            figures={[
              { label: t('studio.plays'), value: formats.number(data.plays) },
              { label: t('studio.completion'), value: formats.percent(data.completion_rate) },
              { label: t('studio.skips'), value: formats.percent(data.skip_rate) },
            ]}
          />
          <Stays track={track} shares={data.drop_off} />
        </>
      )}
    </Section>
  )
}
