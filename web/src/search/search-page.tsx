import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import { useTranslations } from 'use-intl'
import type { Album, Artist, MultiAnswer, Track } from '../api/gen'
import { searchAllOptions } from '../api/gen/@tanstack/react-query.gen'
import { CardGrid, Shelf } from '../ui/card'
import { Chips } from '../ui/chips'
import { Page, Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { AlbumCard, ArtistCard } from '../ui/things'
import { TrackList } from '../ui/track-list'
import { Recent, remember } from './recent'
import styles from './search.module.css'
import { TopResultCard } from './top-result'
import { useSettled } from './use-settled'

const route = getRouteApi('/search')

/** Everything that matches, while it is typed. */
export default function SearchPage() {
  const t = useTranslations('search')
  const { q = '', type } = route.useSearch()
  const settled = useSettled(q, 150)
  const query = useDeferredValue(settled)
  const { data, error, refetch, isFetching } = useQuery({
    ...searchAllOptions({ query: { q: query, limit: type ? 50 : 12, ...(type && { types: type }) } }),
    enabled: query !== '',
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  if (q === '') return <Recent />
  return (
    <Page title={t('title', { q })} heading={t('heading', { q })} hideHeading>
      <Kinds />
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="rows" />
      ) : (
        <div className={isFetching && query !== data.query ? styles.stale : ''}>
          <Results data={data} type={type} q={q} />
        </div>
      )}
    </Page>
  )
}

function Kinds() {
  const t = useTranslations('search')
  const { type } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Chips
      label={t('kinds')}
      value={type ?? 'all'}
      onChange={(value) =>
        navigate({
          search: (before) => {
            const { type: _, ...rest } = before
            return value === 'all' ? rest : { ...rest, type: value as 'track' }
          },
          replace: true,
        })
      }
      options={(['all', 'track', 'artist', 'album', 'playlist'] as const).map((value) => ({
        value,
        label: t(`kind.${value}`),
      }))}
    />
  )
}

function Results({ data, type, q }: { data: MultiAnswer; type: string | undefined; q: string }) {
  const t = useTranslations('search')
  const total = data.tracks.total + data.artists.total + data.albums.total + data.playlists.total
  const tracks: Track[] = data.tracks.items
  const artists: Artist[] = data.artists.items
  const albums: Album[] = data.albums.items
  const source = { type: 'search', title: t('source', { q }) } as const
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click anywhere inside means that the words were good
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard's Enter is a click as well
    <div className={styles.results} onClick={() => remember(q)}>
      <p className="hidden" role="status">
        {t('found', { count: total })}
      </p>
      <DidYouMean data={data} />
      {total === 0 && <Empty title={t('nothing', { q })}>{t('nothingHint')}</Empty>}
      <div className={styles.first}>
        {!type && data.top_result && <TopResultCard result={data.top_result} />}
        {tracks.length > 0 && (
          <Section title={t('kind.track')}>
            <TrackList
              tracks={type ? tracks : tracks.slice(0, 5)}
              source={source}
              label={t('kind.track')}
              showPlays={!!type}
              showAlbum={!!type}
            />
          </Section>
        )}
      </div>
      {artists.length > 0 && (
        <Section title={t('kind.artist')}>
          <Many all={!!type}>
            {artists.map((artist) => (
              <ArtistCard key={artist.id} artist={artist} />
            ))}
          </Many>
        </Section>
      )}
      {albums.length > 0 && (
        <Section title={t('kind.album')}>
          <Many all={!!type}>
            {albums.map((album) => (
              <AlbumCard key={album.id} album={album} />
            ))}
          </Many>
        </Section>
      )}
    </div>
  )
}

function Many({ all, children }: { all: boolean; children: React.ReactNode }) {
  return all ? <CardGrid>{children}</CardGrid> : <Shelf>{children}</Shelf>
}

function DidYouMean({ data }: { data: MultiAnswer }) {
  const t = useTranslations('search')
  const other = (data as { did_you_mean?: string | null }).did_you_mean
  if (!other) return null
  return (
    <p className={styles.mean}>
      {t('didYouMean')}{' '}
      <Link to="/search" search={{ q: other }} className="link">
        {other}
      </Link>
    </p>
  )
}
