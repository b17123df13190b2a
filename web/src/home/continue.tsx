import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { isFrom, toggle } from '../player/actions'
import { playAlbum } from '../player/collections'
import { isActive, usePlayer } from '../player/player'
import { Cover } from '../ui/cover'
import styles from './continue.module.css'
import { recentlyHeard } from './queries'

/** The albums heard last, each one click from playing. */
export function Continue({ userId }: { userId: string }) {
  const t = useTranslations('home')
  const { data } = useQuery(recentlyHeard(userId))
  const albums = new Map<string, { id: string; title: string; line: string; coverUrl: string | null | undefined }>()
  for (const { track } of data?.items ?? []) {
    const heard = track as Track
    if (!heard.album || albums.has(heard.album.id)) continue
    albums.set(heard.album.id, { ...heard.album, line: heard.artist_line, coverUrl: heard.cover_url })
  }
  const shown = [...albums.values()].slice(0, 6)
  if (shown.length === 0) return null
  return (
    <section aria-label={t('continue')} className={styles.tiles}>
      {shown.map((album) => (
        <Tile key={album.id} album={album} />
      ))}
    </section>
  )
}

function Tile({ album }: { album: { id: string; title: string; line: string; coverUrl: string | null | undefined } }) {
  const t = useTranslations()
  const mine = usePlayer((state) => isFrom(state.queue.source, 'album', album.id))
  const active = usePlayer((state) => mine && isActive(state))
  return (
    <article className={styles.tile}>
      <span className={styles.cover}>
        <Cover id={album.id} url={album.coverUrl} size={300} eager />
      </span>
      <span className={styles.names}>
        <Link to="/albums/$id" params={{ id: album.id }} className={`cut ${styles.title}`} title={album.title}>
          {album.title}
        </Link>
        <span className={`cut ${styles.line}`}>{album.line}</span>
      </span>
      <button
        type="button"
        className={`${styles.play} ${active ? styles.active : ''}`}
        aria-label={active ? t('player.pause') : t('row.playThis', { title: album.title })}
        onClick={() => (mine ? toggle() : playAlbum(album))}
      >
        {active ? <Pause aria-hidden="true" fill="currentColor" /> : <Play aria-hidden="true" fill="currentColor" />}
      </button>
    </article>
  )
}
