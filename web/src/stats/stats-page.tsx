import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { getUserStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useMe, useSignedIn } from '../api/me'
import { timeZone } from '../i18n/formats'
import { NeedsAccount } from '../ui/needs-account'
import { Page } from '../ui/page'
import { type Period, PeriodChoice } from '../ui/period'
import { Empty, Problem, Skeleton } from '../ui/states'
import { Habits } from './habits'
import { Pictures } from './pictures'
import styles from './stats.module.css'
import { yearToReview } from './year'

const route = getRouteApi('/stats')

/** One's own listening as pictures. */
export default function StatsPage() {
  const t = useTranslations('stats')
  const signedIn = useSignedIn()
  const me = useMe()
  const { period = 'month' } = route.useSearch()
  const navigate = route.useNavigate()
  const choice = (
    <PeriodChoice value={period} onChange={(value) => navigate({ search: { period: value }, replace: true })} />
  )
  return (
    <Page title={t('title')} aside={signedIn && choice}>
      {!signedIn ? <NeedsAccount reason="library" /> : me && <Stats userId={me.id} period={period} />}
    </Page>
  )
}

function YearLink() {
  const t = useTranslations('year')
  const year = String(yearToReview(new Date()))
  return (
    <Link to="/stats/year/$year" params={{ year }} className={styles.year}>
      <strong>{t('heading', { year })}</strong>
      <span>{t('look')}</span>
    </Link>
  )
}

function Stats({ userId, period }: { userId: string; period: Period }) {
  const t = useTranslations('stats')
  const { data, error, refetch } = useQuery({
    ...getUserStatsOptions({ path: { user_id: userId }, query: { period, tz: timeZone() } }),
    placeholderData: (before) => before,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  if (data.plays === 0) {
    return (
      <Empty
        title={t('empty')}
        action={
          <Link to="/charts" search={{}} className="link">
            {t('toCharts')}
          </Link>
        }
      >
        {period === 'all' ? t('emptyHint') : t('emptyPeriod')}
      </Empty>
    )
  }
  return (
    <>
      <Pictures stats={data} period={period} />
      <Habits userId={userId} period={period} />
      <YearLink />
    </>
  )
}
