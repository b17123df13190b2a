import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { UserStats } from '../api/gen'
import { useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { useCompared } from '../ui/chart/compared'
import { Figures } from '../ui/chart/numbers'
import { Ranks } from '../ui/chart/ranks'
import { Section } from '../ui/page'
import { ByDay } from './by-day'
import type { Range } from './range'
import styles from './stats.module.css'

const hourName = (hour: number) => `${String(hour).padStart(2, '0')}:00`

export function Pictures({ stats, range }: { stats: UserStats; range: Range }) {
  const t = useTranslations('stats')
  const formats = useFormats()
  const compared = useCompared()
  const { previous } = stats
  const peak = stats.by_hour.indexOf(Math.max(...stats.by_hour))
  return (
    <>
      <Figures
        figures={[
          compared(t('plays'), formats.number(stats.plays), stats.plays, previous?.plays),
          compared(t('time'), formats.total(stats.listened_ms), stats.listened_ms, previous?.listened_ms),
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
        <ByDay days={stats.by_day} range={range} />
        <Section title={t('byHour')}>
          <Bars
            title={t('bestHour', { hour: hourName(peak) })}
            unit={t('unit')}
            bars={stats.by_hour.map((value, hour) => ({ key: String(hour), label: hourName(hour), value }))}
            peak
          />
        </Section>
      </div>
      <Tops stats={stats} />
    </>
  )
}

function Tops({ stats }: { stats: UserStats }) {
  const t = useTranslations('stats')
  const formats = useFormats()
  const tracks = stats.top_tracks.map(({ track, plays }) => ({
    key: track.id,
    name: (
      <Link to="/tracks/$id" params={{ id: track.id }}>
        {track.title}
      </Link>
    ),
    value: plays,
    shown: formats.number(plays),
  }))
  const artists = stats.top_artists.map(({ artist, plays }) => ({
    key: artist.id,
    name: (
      <Link to="/artists/$id" params={{ id: artist.id }}>
        {artist.name}
      </Link>
    ),
    value: plays,
    shown: formats.number(plays),
  }))
  const genres = stats.genres.slice(0, 10).map(({ genre, plays }) => ({
    key: genre,
    name: genre,
    value: plays,
    shown: formats.percent(plays / Math.max(1, stats.plays)),
  }))
  return (
    <div className={styles.three}>
      <Section title={t('topTracks')}>
        <Ranks label={t('topTracks')} ranks={tracks} />
      </Section>
      <Section title={t('topArtists')}>
        <Ranks label={t('topArtists')} ranks={artists} />
      </Section>
      {genres.length > 0 && (
        <Section title={t('genres')}>
          <Ranks label={t('genres')} ranks={genres} />
        </Section>
      )}
    </div>
  )
}
