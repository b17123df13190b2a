import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { getHealthOptions, getPlatformStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useFormats } from '../i18n/formats'
import { Figures } from '../ui/chart/numbers'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { TrackList } from '../ui/track-list'
import { Jobs } from './jobs'
import { useLive } from './live'
import styles from './operator.module.css'
import { Projections } from './projections'
import { OperatorTabs } from './tabs'

/** Whether all is well. */
export default function OperatorPage() {
  return (
    <OperatorTabs tab="overview">
      <Live />
      <Engines />
      <Projections />
      <Jobs />
      <PlayedNow />
    </OperatorTabs>
  )
}

function Live() {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { data, error, refetch } = useLive()
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  return (
    <Figures
      figures={[
        { label: t('listening'), value: formats.number(data.active_users) },
        { label: t('minute'), value: formats.number(data.plays_last_minute) },
        { label: t('hour'), value: formats.number(data.plays_last_hour) },
        { label: t('today'), value: formats.number(data.plays_today) },
      ]}
    />
  )
}

function PlayedNow() {
  const t = useTranslations('operator')
  // `Live` keeps it as it is now.
  const { data } = useQuery({ ...getPlatformStatsOptions(), staleTime: 60_000 })
  const now = data?.top_now.slice(0, 5).map((played) => played.track) ?? []
  if (now.length === 0) return null
  return (
    <Section title={t('topNow')}>
      <TrackList tracks={now} source={{ type: 'charts', title: t('topNow') }} label={t('topNow')} showAlbum />
    </Section>
  )
}

function Engines() {
  const t = useTranslations('operator')
  const { data, error, refetch } = useQuery({ ...getHealthOptions(), refetchInterval: 5000 })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" />
  return (
    <Section title={t(`overall.${data.status}`)}>
      <ul className={styles.engines}>
        {Object.entries(data.checks).map(([name, check]) => (
          <li key={name}>
            <span className={check.status === 'ok' ? styles.ok : styles.down} aria-hidden="true" />
            <strong>{t(`engine.${name as 'postgres'}`)}</strong>
            <span title={check.error ?? undefined}>
              {check.status === 'ok' ? t('ms', { ms: check.latency_ms }) : t('down')}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
