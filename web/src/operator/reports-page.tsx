import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { listReports } from '../api/gen'
import { Choice } from '../ui/form'
import { LoadMore } from '../ui/load-more'
import { Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { ReportRow } from './report-row'
import styles from './reports.module.css'
import { OperatorTabs } from './tabs'
import { Takedowns } from './takedowns'

const route = getRouteApi('/operator/reports')
const STATUSES = ['open', 'resolved', 'takedowns'] as const

/** What people say should not be here, what was answered, and what is taken down. */
export default function ReportsPage() {
  const t = useTranslations('operator.reports')
  const { status = 'open' }: { status?: (typeof STATUSES)[number] } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <OperatorTabs tab="reports">
      <Section title={t('title')} note={t('note')}>
        <div className={styles.status}>
          <Choice
            label={t('status')}
            hideLabel
            value={status}
            options={STATUSES.map((value) => ({ value, label: t(`statuses.${value}`) }))}
            onChange={(value) => navigate({ search: value === 'open' ? {} : { status: value }, replace: true })}
          />
        </div>
        {status === 'takedowns' ? <Takedowns /> : <Reports key={status} status={status} />}
      </Section>
    </OperatorTabs>
  )
}

function Reports({ status }: { status: 'open' | 'resolved' }) {
  const t = useTranslations('operator.reports')
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['reports', status],
    queryFn: async ({ pageParam, signal }) => {
      const query = { status, limit: 50, ...(pageParam && { cursor: pageParam }) }
      return (await listReports({ query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" />
  const reports = data.pages.flatMap((page) => page.items)
  if (reports.length === 0) return <Empty title={t(`empty.${status}`)} />
  return (
    <>
      <ul className={styles.reports} aria-label={t(`statuses.${status}`)}>
        {reports.map((report) => (
          <ReportRow key={report.id} report={report} />
        ))}
      </ul>
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
    </>
  )
}
