import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { UserStats } from '../api/gen'
import { getUserStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useMe, useSignedIn } from '../api/me'
import { useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { lastDays } from '../ui/chart/days'
import { Figures } from '../ui/chart/figures'
import { Ranks } from '../ui/chart/ranks'
import { NeedsAccount } from '../ui/needs-account'
import { Page, Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import styles from './stats.module.css'

/** One's own listening as pictures. */
export default function StatsPage() {
  const t = useTranslations('stats')
  const signedIn = useSignedIn()
  const me = useMe()
  return (
    <Page title={t('title')}>{!signedIn ? <NeedsAccount reason="library" /> : me && <Stats userId={me.id} />}</Page>
  )
}

function Stats({ userId }: { userId: string }) {
  const t = useTranslations('stats')
  const { data, error, refetch } = useQuery(getUserStatsOptions({ path: { user_id: userId } }))
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
        {t('emptyHint')}
      </Empty>
    )
  }
  return <Pictures stats={data} />
}

function Pictures({ stats }: { stats: UserStats }) {
  const t = useTranslations('stats')
  const formats = useFormats()
  const days = lastDays(stats.by_day, 30)
  const best = days.reduce((one, two) => (two.plays > one.plays ? two : one))
  const peak = stats.by_hour.indexOf(Math.max(...stats.by_hour))
  return (
    <>
      <Figures
        figures={[
          { label: t('plays'), value: formats.number(stats.plays) },
          { label: t('time'), value: formats.total(stats.listened_ms) },
          { label: t('artists'), value: formats.number(stats.unique_artists) },
          { label: t('tracks'), value: formats.number(stats.unique_tracks) },
          {
            label: t('streak'),
            value: t('days', { count: stats.streak.current }),
            note: t('longest', { count: stats.streak.longest }),
          },
        ]}
      />
      <div className={styles.two}>
        <Section title={t('byDay')}>
          <Bars
            title={best.plays > 0 ? t('bestDay', { day: formats.day(best.day), count: best.plays }) : t('quietMonth')}
            unit={t('unit')}
            bars={days.map((day) => ({ key: day.day, label: formats.day(day.day), value: day.plays }))}
            peak
          />
        </Section>
        <Section title={t('byHour')}>
          <Bars
            title={t('bestHour', { hour: `${String(peak).padStart(2, '0')}:00` })}
            unit={t('unit')}
            bars={stats.by_hour.map((value, hour) => ({
              key: String(hour),
              label: `${String(hour).padStart(2, '0')}:00`,
              value,
            }))}
            peak
          />
        </Section>
      </div>
      <div className={styles.three}>
        <Section title={t('topTracks')}>
          <Ranks
            label={t('topTracks')}
            ranks={stats.top_tracks.map(({ track, plays }) => ({
              key: track.id,
              name: (
                <Link to="/tracks/$id" params={{ id: track.id }}>
                  {track.title}
                </Link>
              ),
              value: plays,
              shown: formats.number(plays),
            }))}
          />
        </Section>
        <Section title={t('topArtists')}>
          <Ranks
            label={t('topArtists')}
            ranks={stats.top_artists.map(({ artist, plays }) => ({
              key: artist.id,
              name: (
                <Link to="/artists/$id" params={{ id: artist.id }}>
                  {artist.name}
                </Link>
              ),
              value: plays,
              shown: formats.number(plays),
            }))}
          />
        </Section>
        {stats.genres.length > 0 && (
          <Section title={t('genres')}>
            <Ranks
              label={t('genres')}
              ranks={stats.genres.slice(0, 10).map(({ genre, plays }) => ({
                key: genre,
                name: genre,
                value: plays,
                shown: formats.percent(plays / Math.max(1, stats.plays)),
              }))}
            />
          </Section>
        )}
      </div>
    </>
  )
}
