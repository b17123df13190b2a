import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ListEnd } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { getTrackOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { Gone } from '../app/not-found'
import { say } from '../app/toasts'
import { duration, useFormats } from '../i18n/formats'
import { addToQueue, playTracks, toggle } from '../player/actions'
import { isActive, player, usePlayer } from '../player/player'
import { current } from '../player/queue'
import { usePeaks } from '../player/use-peaks'
import { Waveform } from '../player/waveform'
import { IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { EditLink } from '../ui/edit-link'
import { Hero } from '../ui/hero'
import { LikeButton } from '../ui/like-button'
import { Section } from '../ui/page'
import { PlayCircle } from '../ui/play-circle'
import { Problem, Skeleton } from '../ui/states'
import { TakenDown } from '../ui/taken-down'
import { ArtistLine, usePlaysText } from '../ui/things'
import { TrackMenu } from '../ui/track-menu'
import { SimilarTracks } from './similar-tracks'
import styles from './track.module.css'
import { TrackListening } from './track-figures'

const route = getRouteApi('/tracks/$id')

export default function TrackPage() {
  const { id } = route.useParams()
  const { data, error, refetch } = useQuery(getTrackOptions({ path: { track_id: id } }))
  if (isStatus(error, 404)) return <Gone what="track" />
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="header" />
  return <TrackHead track={data} />
}

function TrackHead({ track }: { track: Track }) {
  const t = useTranslations()
  const plays = usePlaysText()
  const isCurrent = usePlayer((state) => current(state.queue)?.song.id === track.id)
  const active = usePlayer((state) => isCurrent && isActive(state))
  const play = () =>
    isCurrent ? toggle() : playTracks([track], 0, { type: 'track', id: track.id, title: track.title })
  const note = [duration(track.duration_ms), plays(track.plays), track.explicit && t('row.explicit'), ...track.genres]
  return (
    <Hero
      kind={t('track.kind')}
      title={track.title}
      cover={<Cover id={track.album?.id ?? track.id} url={track.cover_url} size={1000} eager />}
      line={
        <>
          <ArtistLine credits={track.credits} line={track.artist_line} />
          {track.album && (
            <>
              {' · '}
              <Link to="/albums/$id" params={{ id: track.album.id }} className="underlined">
                {track.album.title}
              </Link>
            </>
          )}
        </>
      }
      note={note.filter(Boolean).join(' · ')}
      actions={
        <>
          <PlayCircle title={track.title} active={active} disabled={!track.audio} onPress={play} />
          <LikeButton type="track" id={track.id} title={track.title} />
          {track.audio ? (
            <IconButton
              label={t('menu.addToQueue')}
              onPress={() => {
                addToQueue([track], 'last')
                say(t('menu.addedToQueue', { title: track.title }))
              }}
            >
              <ListEnd aria-hidden="true" />
            </IconButton>
          ) : (
            <span className={styles.silent}>{t('track.noAudio')}</span>
          )}
          <TrackMenu track={track} size="normal" />
          <EditLink to="/studio/tracks/$id" id={track.id} credits={track.credits} />
        </>
      }
    >
      <TakenDown note={track.taken_down} />
      {track.audio && <Wave track={track} isCurrent={isCurrent} play={play} />}
      <TrackListening track={track} />
      <SimilarTracks track={track} />
      <Facts track={track} />
    </Hero>
  )
}

function Wave({ track, isCurrent, play }: { track: Track; isCurrent: boolean; play: () => void }) {
  const peaks = usePeaks(track.id)
  const positionMs = usePlayer((state) => (isCurrent ? Math.floor(state.positionMs / 250) * 250 : 0))
  if (!peaks) return null
  return (
    <div className={styles.wave}>
      <Waveform
        peaks={peaks}
        bars={180}
        positionMs={positionMs}
        durationMs={track.duration_ms ?? 0}
        onSeek={(to) => {
          if (!isCurrent) play()
          player.send({ type: 'seek', positionMs: to })
        }}
      />
    </div>
  )
}

function Facts({ track }: { track: Track }) {
  const t = useTranslations('track')
  const formats = useFormats()
  const { audio } = track
  const facts: [string, string][] = [
    ...track.credits.map((credit): [string, string] => [t(`role.${credit.role}`), credit.artist.name]),
    ...(audio
      ? [
          [
            t('format'),
            [audio.codec, audio.bitrate_kbps && t('kbps', { kbps: audio.bitrate_kbps })].filter(Boolean).join(', '),
          ] as [string, string],
          [t('size'), formats.bytes(audio.size_bytes)] as [string, string],
        ]
      : []),
    [t('added'), formats.date(track.created_at)],
  ]
  return (
    <Section title={t('about')}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={`${name} ${value}`}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
