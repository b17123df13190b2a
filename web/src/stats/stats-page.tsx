import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { getUserStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useMe, useSignedIn } from '../api/me'
import { timeZone } from '../i18n/formats'
import { NeedsAccount } from '../ui/needs-account'
import { Page } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { Habits } from './habits'
import { Pictures } from './pictures'
import { queryOf, type Range, rangeOf } from './range'
import { RangeChoice } from './range-choice'
import styles from './stats.module.css'
import { yearToReview } from './year'

const route = getRouteApi('/stats')

/** One's own listening as pictures. */
export default function StatsPage() {
  const t = useTranslations('stats')
  const signedIn = useSignedIn()
  const me = useMe()
  const range = rangeOf(route.useSearch())
  const navigate = route.useNavigate()
  const choice = <RangeChoice range={range} onChange={(search) => navigate({ search, replace: true })} />
  return (
    <Page title={t('title')} aside={signedIn && choice}>
      {!signedIn ? <NeedsAccount reason="library" /> : me && <Stats userId={me.id} range={range} />}
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

function Stats({ userId, range }: { userId: string; range: Range }) {
  const t = useTranslations('stats')
  const { data, error, refetch } = useQuery({
    ...getUserStatsOptions({ path: { user_id: userId }, query: { ...queryOf(range), tz: timeZone() } }),
    placeholderData: (before) => before,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  const isAll = 'period' in range && range.period === 'all'
  if (data.plays === 0) {
    return (
      <Empty
        title={isAll ? t('empty') : t('emptyHere')}
        action={
          <Link to="/charts" search={{}} className="link">
            {t('toCharts')}
          </Link>
        }
      >
        {isAll ? t('emptyHint') : t('emptyPeriod')}
      </Empty>
    )
  }
  return (
    <>
      <Pictures stats={data} range={range} />
      <Habits userId={userId} range={range} />
      <YearLink />
    </>
  )
}
