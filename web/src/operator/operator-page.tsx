import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { getHealthOptions, getPlatformStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { isAdmin, useMe, useSignedIn } from '../api/me'
import { useFormats } from '../i18n/formats'
import { Figures } from '../ui/chart/numbers'
import { NeedsAccount, NeedsRole } from '../ui/needs-account'
import { Page, Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { Jobs } from './jobs'
import styles from './operator.module.css'
import { Projections } from './projections'

/** Whether all is well. */
export default function OperatorPage() {
  const t = useTranslations('operator')
  const signedIn = useSignedIn()
  const me = useMe()
  return (
    <Page title={t('title')}>
      {!signedIn ? (
        <NeedsAccount reason="library" />
      ) : (
        me &&
        (isAdmin(me) ? (
          <>
            <Live />
            <Engines />
            <Projections />
            <Jobs />
          </>
        ) : (
          <NeedsRole wanted="admin" />
        ))
      )}
    </Page>
  )
}

function Live() {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { data, error, refetch } = useQuery({ ...getPlatformStatsOptions(), refetchInterval: 2000, staleTime: 0 })
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
            <span>{check.status === 'ok' ? t('ms', { ms: check.latency_ms }) : (check.error ?? t('down'))}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
