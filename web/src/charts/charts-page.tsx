import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { chartAlbumsOptions, chartArtistsOptions, chartTracksOptions } from '../api/gen/@tanstack/react-query.gen'
import { useFormats } from '../i18n/formats'
import { CardGrid } from '../ui/card'
import { Chips } from '../ui/chips'
import { Page } from '../ui/page'
import { type Period, PeriodChoice } from '../ui/period'
import { Empty, Problem, Skeleton } from '../ui/states'
import { AlbumCard, ArtistCard, usePlaysText } from '../ui/things'
import { TrackList } from '../ui/track-list'
import styles from './charts.module.css'
import { Move } from './move'

const route = getRouteApi('/charts')

/** What is heard most, of any length of time. */
export default function ChartsPage() {
  const t = useTranslations('charts')
  const { kind = 'track', period = 'week' } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Page title={t('title')}>
      <div className={styles.filters}>
        <Chips
          label={t('kind')}
          value={kind}
          onChange={(value) => navigate({ search: (before) => ({ ...before, kind: value }), replace: true })}
          options={(['track', 'artist', 'album'] as const).map((value) => ({ value, label: t(`kinds.${value}`) }))}
        />
        <PeriodChoice
          value={period}
          onChange={(value) => navigate({ search: (before) => ({ ...before, period: value }), replace: true })}
        />
      </div>
      {kind === 'track' && <Tracks period={period} />}
      {kind === 'artist' && <Artists period={period} />}
      {kind === 'album' && <Albums period={period} />}
    </Page>
  )
}

function Note({ at }: { at: string }) {
  const t = useTranslations('charts')
  const formats = useFormats()
  return <p className={styles.note}>{t('asOf', { time: formats.clock(at) })}</p>
}

function Nothing({ period }: { period: Period }) {
  const t = useTranslations('charts')
  return <Empty title={t('empty')}>{period === 'all' ? t('emptyAll') : t('emptyHint')}</Empty>
}

function Tracks({ period }: { period: Period }) {
  const t = useTranslations('charts')
  const { data, error, refetch } = useQuery(chartTracksOptions({ query: { period, limit: 50 } }))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" count={12} />
  if (data.items.length === 0) return <Nothing period={period} />
  const places = new Map(data.items.map((place) => [place.track.id, place]))
  return (
    <div>
      <Note at={data.generated_at} />
      <TrackList
        tracks={data.items.map((place) => ({ ...place.track, plays: place.plays }))}
        source={{ type: 'charts', title: t('title') }}
        label={t('kinds.track')}
        lead="cover"
        showAlbum
        showPlays
        before={(track) => <Move place={places.get(track.id)} period={period} />}
      />
    </div>
  )
}

function Artists({ period }: { period: Period }) {
  const t = useTranslations('charts')
  const plays = usePlaysText()
  const { data, error, refetch } = useQuery(chartArtistsOptions({ query: { period, limit: 50 } }))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="cards" />
  if (data.items.length === 0) return <Nothing period={period} />
  return (
    <div>
      <Note at={data.generated_at} />
      <CardGrid heading={t('kinds.artist')}>
        {data.items.map((place) => (
          <ArtistCard key={place.artist.id} artist={place.artist} line={plays(place.plays)} />
        ))}
      </CardGrid>
    </div>
  )
}

function Albums({ period }: { period: Period }) {
  const t = useTranslations('charts')
  const plays = usePlaysText()
  const { data, error, refetch } = useQuery(chartAlbumsOptions({ query: { period, limit: 50 } }))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="cards" />
  if (data.items.length === 0) return <Nothing period={period} />
  return (
    <div>
      <Note at={data.generated_at} />
      <CardGrid heading={t('kinds.album')}>
        {data.items.map((place) => (
          <AlbumCard key={place.album.id} album={place.album} line={plays(place.plays)} />
        ))}
      </CardGrid>
    </div>
  )
}
