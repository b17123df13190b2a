import { Link } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { duration, useFormats } from '../i18n/formats'
import { playTracks } from '../player/actions'
import { isActive, usePlayer } from '../player/player'
import { current } from '../player/queue'
import type { Source } from '../player/types'
import { Cover } from './cover'
import { LikeButton } from './like-button'
import type { MenuEntry } from './menu-popup'
import { Playing } from './playing'
import { ArtistLine } from './things'
import styles from './track-list.module.css'
import { TrackMenu } from './track-menu'

interface Props {
  tracks: Track[]
  source: Source
  label: string
  /** What stands first: the place in the list, the track's number or the cover. */
  lead?: 'cover' | 'place' | 'number'
  showPlays?: boolean
  showAlbum?: boolean
  /** Of whom all of it is, as it stands above the list: rows name only others. */
  of?: string
  /** Stands before the row's cover, like a place in a chart. */
  before?: (track: Track, at: number) => ReactNode
  /** Stands before the length. */
  extra?: (track: Track, at: number) => ReactNode
  /** What the list adds to the menu of a row. */
  entries?: (at: number) => MenuEntry[]
}

/** Rows of tracks. Arrows move, Enter plays from there. */
export function TrackList(props: Props) {
  const ref = useRef<HTMLOListElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0 || event.shiftKey || !(event.target as HTMLElement).matches('[data-row]')) return
    const rows = [...(ref.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const to = rows[rows.indexOf(event.target as HTMLElement) + step]
    if (to) {
      event.preventDefault()
      to.focus()
    }
  }
  return (
    <ol ref={ref} className={styles.list} aria-label={props.label} onKeyDown={onKeyDown}>
      {props.tracks.map((track, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a track may stand twice in a history or a playlist
        <TrackRow key={`${track.id}-${at}`} {...props} track={track} at={at} />
      ))}
    </ol>
  )
}

function TrackRow({
  track,
  at,
  tracks,
  source,
  lead = 'cover',
  showPlays,
  showAlbum,
  of,
  before,
  extra,
  entries,
}: Props & { track: Track; at: number }) {
  const t = useTranslations('row')
  const formats = useFormats()
  const isCurrent = usePlayer((state) => current(state.queue)?.song.id === track.id)
  const sounding = usePlayer((state) => isCurrent && isActive(state))
  const label = track.audio ? t('playThis', { title: track.title }) : t('noAudio', { title: track.title })
  return (
    <li className={`${styles.row} ${isCurrent ? styles.current : ''} ${track.audio ? '' : styles.silent}`}>
      {before?.(track, at)}
      <button
        type="button"
        data-row
        className={`${styles.lead} ${lead === 'cover' ? styles.withCover : ''}`}
        aria-label={label}
        title={label}
        disabled={!track.audio}
        onClick={() => playTracks(tracks, at, source)}
      >
        {lead === 'cover' ? (
          <Cover id={track.album?.id ?? track.id} url={track.cover_url} size={64} />
        ) : (
          <span className={styles.place} data-place={lead === 'number' ? (track.track_number ?? at + 1) : at + 1} />
        )}
        {sounding ? <Playing /> : <Play aria-hidden="true" fill="currentColor" className={styles.play} />}
      </button>
      <div className={styles.names}>
        <Link to="/tracks/$id" params={{ id: track.id }} className={`cut ${styles.title}`} title={track.title}>
          {track.title}
          {track.explicit && <abbr title={t('explicit')}>E</abbr>}
        </Link>
        {track.artist_line !== of && (
          <span className={`cut ${styles.artists}`}>
            <ArtistLine credits={track.credits} line={track.artist_line} />
          </span>
        )}
      </div>
      {showAlbum && (
        <span className={`cut ${styles.album}`}>
          {track.album && (
            <Link to="/albums/$id" params={{ id: track.album.id }} className="underlined">
              {track.album.title}
            </Link>
          )}
        </span>
      )}
      {extra && <span className={styles.extra}>{extra(track, at)}</span>}
      {showPlays && (
        <span className={styles.plays} title={t('plays')}>
          {formats.number(track.plays)}
        </span>
      )}
      <LikeButton type="track" id={track.id} title={track.title} size="small" className={styles.like} />
      <span className={styles.length}>{duration(track.duration_ms)}</span>
      <TrackMenu track={track} {...(entries && { entries: () => entries(at) })} />
    </li>
  )
}
