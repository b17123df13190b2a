import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Shuffle } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Album, Track } from '../api/gen'
import { getAlbumOptions, listAlbumsOfArtistOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { tracksOfAlbum } from '../api/reads'
import { Gone } from '../app/not-found'
import { useFormats } from '../i18n/formats'
import { isFrom, playTracks, toggle } from '../player/actions'
import { isActive, usePlayer } from '../player/player'
import { IconButton } from '../ui/button'
import { Shelf } from '../ui/card'
import { Cover } from '../ui/cover'
import { EditLink } from '../ui/edit-link'
import { Hero } from '../ui/hero'
import { LikeButton } from '../ui/like-button'
import { Section } from '../ui/page'
import { PlayCircle } from '../ui/play-circle'
import { Empty, Problem, Skeleton } from '../ui/states'
import { TakenDown } from '../ui/taken-down'
import { AlbumCard, ArtistLine, usePlaysText } from '../ui/things'
import { TrackList } from '../ui/track-list'
import { WorkMenu } from '../ui/work-menu'

const route = getRouteApi('/albums/$id')

export default function AlbumPage() {
  const { id } = route.useParams()
  const album = useQuery(getAlbumOptions({ path: { album_id: id } }))
  const tracks = useQuery(tracksOfAlbum(id))
  if (isStatus(album.error, 404)) return <Gone what="album" />
  if (album.error) return <Problem error={album.error} retry={album.refetch} />
  if (!album.data) return <Skeleton kind="header" />
  return (
    <AlbumHead album={album.data} tracks={tracks.data ?? []}>
      {tracks.error ? (
        <Problem error={tracks.error} retry={tracks.refetch} />
      ) : !tracks.data ? (
        <Skeleton kind="rows" count={album.data.tracks_count || 3} />
      ) : (
        <Tracks album={album.data} tracks={tracks.data} />
      )}
      <More album={album.data} />
    </AlbumHead>
  )
}

function AlbumHead({ album, tracks, children }: { album: Album; tracks: Track[]; children: React.ReactNode }) {
  const t = useTranslations()
  const formats = useFormats()
  const plays = usePlaysText()
  const mine = usePlayer((state) => isFrom(state.queue.source, 'album', album.id))
  const active = usePlayer((state) => mine && isActive(state))
  const source = { type: 'album', id: album.id, title: album.title } as const
  const silent = !tracks.some((track) => track.audio)
  const note = [
    album.release_date && formats.year(album.release_date),
    t('count.tracks', { count: album.tracks_count }),
    album.duration_ms > 0 && formats.total(album.duration_ms),
    plays(album.plays),
    ...album.genres,
  ]
  return (
    <Hero
      kind={t(`album.type.${album.album_type}`)}
      title={album.title}
      cover={<Cover id={album.id} url={album.cover_url} size={1000} eager />}
      line={<ArtistLine credits={album.credits} line={album.artist_line} />}
      note={note.filter(Boolean).join(' · ')}
      actions={
        <>
          <PlayCircle
            title={album.title}
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
          <LikeButton type="album" id={album.id} title={album.title} />
          <WorkMenu
            work={{
              type: 'album',
              id: album.id,
              title: album.title,
              path: `/albums/${album.id}`,
              ...(tracks.length > 0 && { tracks: () => tracks }),
            }}
          />
          <EditLink to="/studio/albums/$id" id={album.id} credits={album.credits} />
        </>
      }
    >
      <TakenDown note={album.taken_down} />
      {children}
    </Hero>
  )
}

function Tracks({ album, tracks }: { album: Album; tracks: Track[] }) {
  const t = useTranslations('album')
  if (tracks.length === 0) return <Empty title={t('empty')}>{t('emptyHint')}</Empty>
  const discs = new Map<number, Track[]>()
  for (const track of tracks) {
    const disc = track.disc_number ?? 1
    discs.set(disc, [...(discs.get(disc) ?? []), track])
  }
  const source = { type: 'album', id: album.id, title: album.title } as const
  if (discs.size === 1) {
    return (
      <TrackList tracks={tracks} source={source} label={t('tracks')} lead="number" of={album.artist_line} showPlays />
    )
  }
  return [...discs].map(([disc, ofDisc]) => (
    <Section key={disc} title={t('disc', { number: disc })}>
      <TrackList
        tracks={ofDisc}
        source={source}
        label={t('disc', { number: disc })}
        lead="number"
        of={album.artist_line}
        showPlays
      />
    </Section>
  ))
}

function More({ album }: { album: Album }) {
  const t = useTranslations('album')
  const { data } = useQuery(listAlbumsOfArtistOptions({ path: { artist_id: album.artist.id }, query: { limit: 12 } }))
  const others = data?.items.filter((other) => other.id !== album.id) ?? []
  if (others.length === 0) return null
  return (
    <Section title={t('more', { artist: album.artist.name })}>
      <Shelf>
        {others.map((other) => (
          <AlbumCard key={other.id} album={other} />
        ))}
      </Shelf>
    </Section>
  )
}
