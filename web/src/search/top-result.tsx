import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { Album, Artist, Playlist, TopResult, Track } from '../api/gen'
import { playTracks } from '../player/actions'
import { playAlbum, playArtist, playPlaylist } from '../player/collections'
import { Cover } from '../ui/cover'
import { PlayCircle } from '../ui/play-circle'
import { usePlaysText } from '../ui/things'
import styles from './search.module.css'

/** The one that was meant, as far as can be told. */
export function TopResultCard({ result }: { result: TopResult }) {
  const t = useTranslations('search')
  const playsText = usePlaysText()
  const shown = describe(result)
  const plays = result.type === 'playlist' ? undefined : playsText(result.plays)
  return (
    <section className={styles.top} aria-label={t('top')}>
      <h2>{t('top')}</h2>
      <article>
        <span className={styles.topCover}>
          <Cover id={shown.coverId} url={shown.coverUrl} round={result.type === 'artist'} eager />
        </span>
        <h3>
          <Link to={shown.to} params={{ id: result.id }} title={shown.title}>
            {shown.title}
          </Link>
        </h3>
        <p>{[t(`one.${result.type}`), shown.line, plays].filter(Boolean).join(' · ')}</p>
        <span className={styles.topPlay}>
          <PlayCircle title={shown.title} onPress={shown.play} />
        </span>
      </article>
    </section>
  )
}

function describe(result: TopResult) {
  if (result.type === 'artist') {
    const artist: Artist = result
    return {
      to: '/artists/$id' as const,
      coverId: artist.id,
      coverUrl: artist.image_url,
      title: artist.name,
      line: '',
      play: () => playArtist(artist),
    }
  }
  if (result.type === 'album') {
    const album: Album = result
    return {
      to: '/albums/$id' as const,
      coverId: album.id,
      coverUrl: album.cover_url,
      title: album.title,
      line: album.artist_line,
      play: () => playAlbum(album),
    }
  }
  if (result.type === 'playlist') {
    const playlist: Playlist = result
    return {
      to: '/playlists/$id' as const,
      coverId: playlist.id,
      coverUrl: playlist.cover_urls[0],
      title: playlist.title,
      line: playlist.owner.username,
      play: () => playPlaylist(playlist),
    }
  }
  const track: Track = result
  return {
    to: '/tracks/$id' as const,
    coverId: track.album?.id ?? track.id,
    coverUrl: track.cover_url,
    title: track.title,
    line: track.artist_line,
    play: () => playTracks([track], 0, { type: 'search' }),
  }
}
