import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { PerformanceSummary } from '../api/gen'
import { getApiStatsOptions, getPerformanceSummaryOptions } from '../api/gen/@tanstack/react-query.gen'
import { useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { Figures } from '../ui/chart/numbers'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import styles from './operator.module.css'
import { Table } from './table'
import { OperatorTabs } from './tabs'

/** How much is asked of the service, how fast it answers, and where not. */
export default function RequestsPage() {
  return (
    <OperatorTabs tab="requests">
      <LastHour />
      <LastDay />
    </OperatorTabs>
  )
}

const rounded = (value: number) => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value))

function LastHour() {
  const t = useTranslations('operator')
  const { data, error, refetch } = useQuery({ ...getPerformanceSummaryOptions(), refetchInterval: 10_000 })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  return (
    <Section title={t('lastHour')}>
      <Totals summary={data} />
      <Routes summary={data} />
      <SlowQueries summary={data} />
    </Section>
  )
}

function Totals({ summary }: { summary: PerformanceSummary }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const ms = (value: number) => t('ms', { ms: rounded(value) })
  return (
    <Figures
      figures={[
        { label: t('requests'), value: formats.number(summary.requests.requests) },
        { label: t('errors'), value: formats.percent(summary.error_rate, 2) },
        { label: 'p50', value: ms(summary.requests.p50_ms) },
        { label: 'p95', value: ms(summary.requests.p95_ms) },
        { label: 'p99', value: ms(summary.requests.p99_ms) },
      ]}
    />
  )
}

function Routes({ summary }: { summary: PerformanceSummary }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const number = (value: number) => formats.number(rounded(value))
  return (
    <Table
      label={t('routes')}
      head={[
        { key: 'route', label: t('route') },
        { key: 'requests', label: t('requests'), number: true },
        { key: 'errors', label: t('failed'), number: true },
        { key: 'p50', label: t('p', { of: 50 }), number: true },
        { key: 'p95', label: t('p', { of: 95 }), number: true },
        { key: 'p99', label: t('p', { of: 99 }), number: true },
      ]}
      rows={summary.routes.map((route) => ({
        key: `${route.method} ${route.route}`,
        cells: [
          <code key="route">
            {route.method} {route.route}
          </code>,
          formats.number(route.requests),
          formats.number(route.errors),
          number(route.p50_ms),
          number(route.p95_ms),
          number(route.p99_ms),
        ],
      }))}
    />
  )
}

function SlowQueries({ summary }: { summary: PerformanceSummary }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { slow_queries: slow } = summary.clickhouse
  if (slow.length === 0) return null
  return (
    <details className={styles.details}>
      <summary>{t('slow', { count: slow.length })}</summary>
      <Table
        label={t('slow', { count: slow.length })}
        head={[
          { key: 'query', label: t('query') },
          { key: 'ms', label: t('took'), number: true },
          { key: 'rows', label: t('rows'), number: true },
        ]}
        rows={slow.map((one) => ({
          key: `${one.at} ${one.query}`,
          cells: [
            <code key="query">{one.query.slice(0, 400)}</code>,
            t('ms', { ms: one.duration_ms }),
            formats.number(one.read_rows),
          ],
        }))}
      />
    </details>
  )
}

function LastDay() {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { data, error, refetch } = useQuery(getApiStatsOptions({ query: { period: 'day' } }))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  return (
    <Section title={t('lastDay')}>
      <Bars
        title={t('requestsOfDay', { count: data.requests, shown: formats.number(data.requests) })}
        unit={t('requests')}
        bars={data.timeline.map((step) => ({
          key: step.bucket,
          label: formats.clock(step.bucket),
          value: step.requests,
        }))}
        peak
      />
    </Section>
  )
}
