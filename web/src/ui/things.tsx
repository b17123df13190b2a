import { Link } from '@tanstack/react-router'
import { Fragment, type ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import type { Album, Artist, Credit, Track } from '../api/gen'
import { getAlbumQueryKey, getArtistQueryKey, getTrackQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { seed } from '../api/seed'
import { useFormats } from '../i18n/formats'
import { playAlbum, playArtist } from '../player/collections'
import { Card } from './card'
import { Cover } from './cover'

/** Cards of the things of the catalogue, the same everywhere. */
export function AlbumCard({ album, eager, line }: { album: Album; eager?: boolean; line?: string }) {
  const t = useTranslations('row')
  return (
    <Card
      to="/albums/$id"
      params={{ id: album.id }}
      cover={<Cover id={album.id} url={album.cover_url} eager={eager ?? false} />}
      seed={() => seed(getAlbumQueryKey({ path: { album_id: album.id } }), album)}
      title={album.title}
      line={line ?? album.artist_line}
      play={
        album.tracks_count > 0
          ? { label: t('playThis', { title: album.title }), start: () => playAlbum(album) }
          : undefined
      }
    />
  )
}

export function ArtistCard({ artist, line }: { artist: Artist; line?: string }) {
  const t = useTranslations()
  return (
    <Card
      to="/artists/$id"
      params={{ id: artist.id }}
      round
      cover={<Cover id={artist.id} url={artist.image_url} round />}
      seed={() => seed(getArtistQueryKey({ path: { artist_id: artist.id } }), artist)}
      title={artist.name}
      line={line ?? t('count.tracks', { count: artist.tracks_count })}
      play={
        artist.tracks_count > 0
          ? { label: t('row.playThis', { title: artist.name }), start: () => playArtist(artist) }
          : undefined
      }
    />
  )
}

export function TrackCard({ track, play, line }: { track: Track; play: () => void; line?: ReactNode }) {
  const t = useTranslations('row')
  return (
    <Card
      to="/tracks/$id"
      params={{ id: track.id }}
      cover={<Cover id={track.album?.id ?? track.id} url={track.cover_url} />}
      seed={() => seed(getTrackQueryKey({ path: { track_id: track.id } }), track)}
      title={track.title}
      line={line ?? track.artist_line}
      play={track.audio ? { label: t('playThis', { title: track.title }), start: play } : undefined}
    />
  )
}

/** The artist line with a link for each credited artist. */
export function ArtistLine({ credits, line }: { credits: Credit[]; line: string }) {
  const shown = credits.filter((credit) => credit.role === 'main' || credit.role === 'featured')
  let rest = line
  const parts = shown.map((credit) => {
    const name = credit.credited_as ?? credit.artist.name
    const at = rest.indexOf(name)
    const before = at < 0 ? '' : rest.slice(0, at)
    rest = at < 0 ? rest : rest.slice(at + name.length)
    return { id: credit.artist.id, name, before }
  })
  return (
    <>
      {parts.map((part) => (
        <Fragment key={part.id}>
          {part.before}
          <Link to="/artists/$id" params={{ id: part.id }} className="underlined">
            {part.name}
          </Link>
        </Fragment>
      ))}
      {rest}
    </>
  )
}

export function usePlaysText() {
  const t = useTranslations('count')
  const formats = useFormats()
  return (plays: number | null | undefined) =>
    plays == null ? '–' : t('plays', { count: plays, shown: formats.number(plays) })
}
