import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { Artist, Studio } from '../api/gen'
import { getStudioOptions } from '../api/gen/@tanstack/react-query.gen'
import { timeZone, useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { useCompared } from '../ui/chart/compared'
import { Figures } from '../ui/chart/numbers'
import { Ranks } from '../ui/chart/ranks'
import { Section } from '../ui/page'
import { PeriodChoice } from '../ui/period'
import { Problem, Skeleton } from '../ui/states'
import styles from './studio.module.css'

const route = getRouteApi('/studio')

/** How an artist is heard, beside the same length of time before. */
export function Heard({ artist }: { artist: Artist }) {
  const t = useTranslations('studio')
  const { period = 'month' } = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery({
    ...getStudioOptions({ path: { artist_id: artist.id }, query: { period, tz: timeZone() } }),
    placeholderData: (before) => before,
  })
  return (
    <Section
      title={t('heard')}
      action={
        <PeriodChoice value={period} onChange={(value) => navigate({ search: { period: value }, replace: true })} />
      }
    >
      {error ? <Problem error={error} retry={refetch} /> : data ? <Pictures heard={data} /> : <Skeleton kind="block" />}
    </Section>
  )
}

function Pictures({ heard }: { heard: Studio }) {
  const t = useTranslations('studio')
  const formats = useFormats()
  const { previous } = heard
  const figure = useCompared()
  const best = heard.timeline.reduce((one, two) => (two.plays > one.plays ? two : one), { bucket: '', plays: 0 })
  return (
    <>
      <Figures
        figures={[
          figure(t('plays'), formats.number(heard.plays), heard.plays, previous?.plays),
          figure(t('listeners'), formats.number(heard.listeners), heard.listeners, previous?.listeners),
          figure(t('time'), formats.total(heard.listened_ms), heard.listened_ms, previous?.listened_ms),
          { label: t('completion'), value: formats.percent(heard.completion_rate) },
          { label: t('skips'), value: formats.percent(heard.skip_rate) },
        ]}
      />
      <div className={styles.two}>
        <Bars
          title={best.plays > 0 ? t('bestDay', { day: formats.dayOf(best.bucket), count: best.plays }) : t('quiet')}
          unit={t('unit')}
          bars={heard.timeline.map((step) => ({
            key: step.bucket,
            label: formats.dayOf(step.bucket),
            value: step.plays,
          }))}
          peak
        />
        <div>
          <h3>{t('sources')}</h3>
          <Ranks
            label={t('sources')}
            ranks={heard.sources.slice(0, 6).map((source) => ({
              key: source.source ?? '',
              name: source.source ?? t('unnamed'),
              value: source.plays,
              shown: formats.percent(source.share),
            }))}
          />
        </div>
      </div>
    </>
  )
}
