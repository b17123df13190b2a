import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import type { Album, Artist, MultiAnswer, Playlist, Track } from '../api/gen'
import { CardGrid, Shelf } from '../ui/card'
import { Section } from '../ui/page'
import { PlaylistCard } from '../ui/playlist-card'
import { Empty } from '../ui/states'
import { AlbumCard, ArtistCard } from '../ui/things'
import { TrackList } from '../ui/track-list'
import { remember } from './kept'
import styles from './search.module.css'
import { TopResultCard } from './top-result'

const KINDS = { tracks: 'track', artists: 'artist', albums: 'album', playlists: 'playlist' } as const

/** What was found, the best first; of one kind if that was asked for. */
export function Results({ data, type, q }: { data: MultiAnswer; type: string | undefined; q: string }) {
  const t = useTranslations('search')
  const { artists, albums, playlists } = data
  const total = data.tracks.total + artists.total + albums.total + playlists.total
  const all = type !== undefined
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
        {!all && data.top_result && <TopResultCard result={data.top_result} />}
        {data.tracks.items.length > 0 && <Tracks data={data} all={all} q={q} />}
      </div>
      <Found data={data} kind="artists" all={all} q={q}>
        {artists.items.map((artist: Artist) => (
          <ArtistCard key={artist.id} artist={artist} />
        ))}
      </Found>
      <Found data={data} kind="albums" all={all} q={q}>
        {albums.items.map((album: Album) => (
          <AlbumCard key={album.id} album={album} />
        ))}
      </Found>
      <Found data={data} kind="playlists" all={all} q={q}>
        {playlists.items.map((playlist: Playlist) => (
          <PlaylistCard key={playlist.id} playlist={playlist} by />
        ))}
      </Found>
    </div>
  )
}

type KindProps = { data: MultiAnswer; all: boolean; q: string }

function Tracks({ data, all, q }: KindProps) {
  const t = useTranslations('search')
  const tracks: Track[] = data.tracks.items
  return (
    <Section title={t('kind.track')} action={<All data={data} kind="tracks" all={all} q={q} shown={5} />}>
      <TrackList
        tracks={all ? tracks : tracks.slice(0, 5)}
        source={{ type: 'search', title: t('source', { q }) }}
        label={t('kind.track')}
        showPlays={all}
        showAlbum={all}
      />
    </Section>
  )
}

function Found({ data, kind, all, q, children }: KindProps & { kind: keyof typeof KINDS; children: ReactNode[] }) {
  const t = useTranslations('search')
  if (children.length === 0) return null
  return (
    <Section
      title={t(`kind.${KINDS[kind]}`)}
      action={<All data={data} kind={kind} all={all} q={q} shown={children.length} />}
    >
      {all ? <CardGrid>{children}</CardGrid> : <Shelf>{children}</Shelf>}
    </Section>
  )
}

function All({ data, kind, all, q, shown }: KindProps & { kind: keyof typeof KINDS; shown: number }) {
  const t = useTranslations('search')
  if (all || data[kind].total <= shown) return null
  return (
    <Link to="/search" search={{ q, type: KINDS[kind] }}>
      {t('more')}
    </Link>
  )
}

function DidYouMean({ data }: { data: MultiAnswer }) {
  const t = useTranslations('search')
  const other = data.did_you_mean
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
