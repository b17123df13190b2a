import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Shuffle } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Artist, Track } from '../api/gen'
import { getArtistOptions, listAlbumsOfArtistOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { tracksOfArtist } from '../api/reads'
import { Gone } from '../app/not-found'
import { useFormats } from '../i18n/formats'
import { isFrom, playTracks, toggle } from '../player/actions'
import { isActive, usePlayer } from '../player/player'
import { Button, IconButton } from '../ui/button'
import { CardGrid } from '../ui/card'
import { Cover } from '../ui/cover'
import { Hero } from '../ui/hero'
import { Section } from '../ui/page'
import { PlayCircle } from '../ui/play-circle'
import { Empty, Problem, Skeleton } from '../ui/states'
import { AlbumCard, usePlaysText } from '../ui/things'
import { TrackList } from '../ui/track-list'
import { WorkMenu } from '../ui/work-menu'
import { FollowButton } from './follow-button'
import { SimilarArtists } from './similar-artists'

const route = getRouteApi('/artists/$id')
const SHORT = 5

export default function ArtistPage() {
  const { id } = route.useParams()
  const artist = useQuery(getArtistOptions({ path: { artist_id: id } }))
  const tracks = useQuery(tracksOfArtist(id))
  if (isStatus(artist.error, 404)) return <Gone what="artist" />
  if (artist.error) return <Problem error={artist.error} retry={artist.refetch} />
  if (!artist.data) return <Skeleton kind="header" />
  return (
    <ArtistHead artist={artist.data} tracks={tracks.data ?? []}>
      {tracks.error ? (
        <Problem error={tracks.error} retry={tracks.refetch} />
      ) : !tracks.data ? (
        <Skeleton kind="rows" count={SHORT} />
      ) : (
        <TopTracks artist={artist.data} tracks={tracks.data} />
      )}
      <Albums artist={artist.data} />
      <SimilarArtists id={artist.data.id} />
      <About artist={artist.data} />
    </ArtistHead>
  )
}

function ArtistHead({ artist, tracks, children }: { artist: Artist; tracks: Track[]; children: React.ReactNode }) {
  const t = useTranslations()
  const formats = useFormats()
  const plays = usePlaysText()
  const mine = usePlayer((state) => isFrom(state.queue.source, 'artist', artist.id))
  const active = usePlayer((state) => mine && isActive(state))
  const source = { type: 'artist', id: artist.id, title: artist.name } as const
  const silent = !tracks.some((track) => track.audio)
  const facts = [artist.country && formats.country(artist.country), ...artist.genres]
  return (
    <Hero
      kind={t('artist.kind')}
      title={artist.name}
      round
      cover={<Cover id={artist.id} url={artist.image_url} round size={1000} eager />}
      line={[
        plays(artist.plays),
        t('count.albums', { count: artist.albums_count }),
        t('count.tracks', { count: artist.tracks_count }),
      ]
        // A number stays with what it counts.
        .map((part) => part.replaceAll(' ', '\u00a0'))
        .join(' · ')}
      note={facts.filter(Boolean).join(' · ')}
      actions={
        <>
          <PlayCircle
            title={artist.name}
            active={active}
            disabled={silent}
            onPress={() => (mine ? toggle() : playTracks(tracks, 0, source))}
          />
          <IconButton
            label={t('album.shuffle')}
            isDisabled={silent}
            onPress={() => playTracks(tracks, 0, source, true)}
          >
            <Shuffle aria-hidden="true" />
          </IconButton>
          <FollowButton artist={artist} />
          <WorkMenu
            work={{
              type: 'artist',
              id: artist.id,
              title: artist.name,
              path: `/artists/${artist.id}`,
              ...(!silent && { tracks: () => tracks }),
            }}
          />
        </>
      }
    >
      {children}
    </Hero>
  )
}

function TopTracks({ artist, tracks }: { artist: Artist; tracks: Track[] }) {
  const t = useTranslations('artist')
  const [all, setAll] = useState(false)
  if (tracks.length === 0) return <Empty title={t('empty')} />
  return (
    <Section title={t('top')}>
      <TrackList
        tracks={all ? tracks : tracks.slice(0, SHORT)}
        source={{ type: 'artist', id: artist.id, title: artist.name }}
        label={t('top')}
        showAlbum
        showPlays
      />
      {tracks.length > SHORT && (
        <Button kind="quiet" className="flush" onPress={() => setAll(!all)}>
          {all ? t('fewer') : t('all', { count: tracks.length })}
        </Button>
      )}
    </Section>
  )
}

function Albums({ artist }: { artist: Artist }) {
  const t = useTranslations('artist')
  const { data, error, refetch } = useQuery(
    listAlbumsOfArtistOptions({ path: { artist_id: artist.id }, query: { limit: 100 } }),
  )
  if (data?.items.length === 0) return null
  return (
    <Section title={t('albums')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : data ? (
        <CardGrid>
          {data.items.map((album) => (
            <AlbumCard key={album.id} album={album} />
          ))}
        </CardGrid>
      ) : (
        <Skeleton kind="cards" />
      )}
    </Section>
  )
}

function About({ artist }: { artist: Artist }) {
  const t = useTranslations('artist')
  if (!artist.bio) return null
  return (
    <Section title={t('about')}>
      <p className="prose">{artist.bio}</p>
    </Section>
  )
}
