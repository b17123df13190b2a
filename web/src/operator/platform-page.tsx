import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Dashboard } from '../api/gen'
import { getDashboardOptions } from '../api/gen/@tanstack/react-query.gen'
import { timeZone, useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { useCompared } from '../ui/chart/compared'
import { Figures } from '../ui/chart/numbers'
import { Ranks } from '../ui/chart/ranks'
import { Section } from '../ui/page'
import { type Period, PeriodChoice } from '../ui/period'
import { Problem, Skeleton } from '../ui/states'
import styles from './operator.module.css'
import { OperatorTabs } from './tabs'

/** How the platform is used, and what people look for and do not find. */
export default function PlatformPage() {
  const [period, setPeriod] = useState<Period>('week')
  return (
    <OperatorTabs tab="platform">
      <PeriodChoice value={period} onChange={setPeriod} />
      <Use period={period} />
    </OperatorTabs>
  )
}

function Use({ period }: { period: Period }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { data, error, refetch } = useQuery({
    ...getDashboardOptions({ query: { period, tz: timeZone() } }),
    placeholderData: (before) => before,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  const step = period === 'day' ? formats.clock : formats.dayOf
  const best = data.timeline.reduce((one, two) => (two.plays > one.plays ? two : one), { bucket: '', plays: 0 })
  return (
    <>
      <Totals data={data} />
      <Section title={t('playsOverTime')}>
        <Bars
          title={best.plays > 0 ? t('bestStep', { at: step(best.bucket) }) : t('noPlays')}
          unit={t('plays')}
          bars={data.timeline.map(({ bucket, plays }) => ({
            key: bucket,
            label: step(bucket),
            value: plays,
          }))}
          peak
        />
      </Section>
      <div className={styles.two}>
        <EmptySearches data={data} />
        <Catalogue data={data} />
      </div>
    </>
  )
}

function Totals({ data }: { data: Dashboard }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { totals, previous } = data
  const figure = useCompared()
  return (
    <Figures
      figures={[
        figure(t('plays'), formats.number(totals.plays), totals.plays, previous?.plays),
        figure(t('listeners'), formats.number(totals.listeners), totals.listeners, previous?.listeners),
        figure(t('listened'), formats.total(totals.listened_ms), totals.listened_ms, previous?.listened_ms),
        { label: t('people'), value: formats.number(data.users), note: t('newPeople', { count: data.new_users }) },
        { label: t('searches'), value: formats.number(data.searches) },
      ]}
    />
  )
}

function EmptySearches({ data }: { data: Dashboard }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  return (
    <Section title={t('emptySearches')} note={t('emptySearchesNote', { count: data.searches_without_results })}>
      {data.empty_searches.length === 0 ? (
        <p className={styles.quiet}>{t('noEmptySearches')}</p>
      ) : (
        <Ranks
          label={t('emptySearches')}
          ranks={data.empty_searches.map((search) => ({
            key: search.query,
            name: search.query,
            value: search.searches,
            shown: formats.number(search.searches),
          }))}
        />
      )}
    </Section>
  )
}

function Catalogue({ data }: { data: Dashboard }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { tracks, albums, artists } = data.catalogue
  const parts: [string, number, number][] = [
    [t('has.audio'), tracks.with_audio, tracks.total],
    [t('has.album'), tracks.with_album, tracks.total],
    [t('has.genres'), tracks.with_genres, tracks.total],
    [t('has.cover'), albums.with_cover, albums.total],
    [t('has.date'), albums.with_release_date, albums.total],
    [t('has.bio'), artists.with_bio, artists.total],
    [t('has.country'), artists.with_country, artists.total],
  ]
  return (
    <Section title={t('catalogue')}>
      <ul className={styles.rows}>
        {parts.map(([name, has, of]) => (
          <li key={name}>
            <span className={styles.grow}>
              {name}
              <span className={styles.rail}>
                <i style={{ inlineSize: `${of ? (has / of) * 100 : 0}%` }} />
              </span>
            </span>
            <span className={styles.quiet}>
              {formats.number(has)} / {formats.number(of)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
