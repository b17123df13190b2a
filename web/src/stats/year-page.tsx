import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { getUserAnalyticsOptions, getUserStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useMe, useSignedIn } from '../api/me'
import { NotFound } from '../app/not-found'
import { timeZone } from '../i18n/formats'
import { NeedsAccount } from '../ui/needs-account'
import { Page } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { ENOUGH_PLAYS, yearOf, yearRange } from './year'
import { YearCards } from './year-cards'
import { YearShare } from './year-share'

const route = getRouteApi('/stats/year/$year')

/** A year of listening, as cards and as a picture to share. */
export default function YearPage() {
  const t = useTranslations('year')
  const text = route.useParams().year
  const year = Number(text)
  const signedIn = useSignedIn()
  const me = useMe()
  if (!/^20\d\d$/.test(text) || year > new Date().getFullYear()) return <NotFound />
  return (
    <Page title={t('title', { year: text })} heading={t('heading', { year: text })}>
      {!signedIn ? <NeedsAccount reason="library" /> : me && <Review userId={me.id} year={year} />}
    </Page>
  )
}

function Review({ userId, year }: { userId: string; year: number }) {
  const t = useTranslations('year')
  const asked = { path: { user_id: userId }, query: { ...yearRange(year), tz: timeZone() } }
  const stats = useQuery(getUserStatsOptions(asked))
  const habits = useQuery(getUserAnalyticsOptions(asked))
  const error = stats.error ?? habits.error
  if (error) return <Problem error={error} retry={() => void Promise.all([stats.refetch(), habits.refetch()])} />
  if (!stats.data || !habits.data) return <Skeleton kind="block" />
  if (stats.data.plays === 0) {
    return (
      <Empty
        title={t('empty')}
        action={
          <Link to="/charts" search={{}} className="link">
            {t('toCharts')}
          </Link>
        }
      />
    )
  }
  const review = yearOf(year, stats.data, habits.data)
  return (
    <>
      <YearCards review={review} short={review.plays < ENOUGH_PLAYS} />
      <YearShare review={review} />
    </>
  )
}
