import { Link, useLocation } from '@tanstack/react-router'
import { ListMusic, Pause, Play, Repeat, Repeat1, RotateCw, Shuffle, SkipBack, SkipForward } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { duration } from '../i18n/formats'
import { Button, IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { LikeButton } from '../ui/like-button'
import { cycleRepeat, toggle, toggleShuffle } from './actions'
import styles from './bar.module.css'
import { isActive, player, usePlayer } from './player'
import { current } from './queue'
import { toggleQueue, useQueueOpen } from './queue-open'
import { usePeaks } from './use-peaks'
import { VolumeControl } from './volume-control'
import { Waveform } from './waveform'

/** The player at the foot of every page. */
export function PlayerBar() {
  const t = useTranslations('player')
  const entry = usePlayer((state) => current(state.queue))
  const queueOpen = useQueueOpen()
  // A phone has one player: the page that shows it whole takes the place of the bar.
  const onNow = useLocation({ select: ({ pathname }) => pathname.endsWith('/now') })
  return (
    <section className={`${styles.bar} ${onNow ? styles.onNow : ''}`} aria-label={t('label')}>
      <div className={styles.now}>
        {entry ? (
          <>
            <Link to="/now" className={styles.cover} aria-label={t('open')}>
              <Cover id={entry.song.albumId ?? entry.song.id} url={entry.song.coverUrl} size={64} eager />
            </Link>
            <span className={styles.names}>
              <Link to="/tracks/$id" params={{ id: entry.song.id }} className={`cut underlined ${styles.title}`}>
                {entry.song.title}
              </Link>
              <Link
                to="/artists/$id"
                params={{ id: entry.song.artistId }}
                className={`cut underlined ${styles.artist}`}
              >
                {entry.song.artistLine}
              </Link>
            </span>
            <LikeButton type="track" id={entry.song.id} title={entry.song.title} />
          </>
        ) : (
          <span className={styles.idle}>{t('idle')}</span>
        )}
      </div>
      <div className={styles.middle}>
        <Buttons />
        <Course />
      </div>
      <div className={styles.end}>
        <IconButton label={t('queue')} pressed={queueOpen} onPress={toggleQueue} data-queue-button>
          <ListMusic aria-hidden="true" />
        </IconButton>
        <VolumeControl />
      </div>
    </section>
  )
}

export function PlayButton({ large }: { large?: boolean }) {
  const t = useTranslations('player')
  const active = usePlayer(isActive)
  const empty = usePlayer((state) => state.status === 'empty')
  return (
    <IconButton
      label={active ? t('pause') : t('play')}
      accent
      {...(large && { size: 'large' as const })}
      isDisabled={empty}
      onPress={toggle}
      className={styles.play ?? ''}
    >
      {active ? <Pause aria-hidden="true" fill="currentColor" /> : <Play aria-hidden="true" fill="currentColor" />}
    </IconButton>
  )
}

export function Buttons({ large }: { large?: boolean }) {
  const t = useTranslations('player')
  const shuffled = usePlayer((state) => state.queue.shuffled)
  const repeat = usePlayer((state) => state.queue.repeat)
  const empty = usePlayer((state) => state.status === 'empty')
  return (
    <div className={styles.buttons}>
      <IconButton
        label={t('shuffle')}
        pressed={shuffled}
        isDisabled={empty}
        onPress={toggleShuffle}
        className={styles.mode ?? ''}
      >
        <Shuffle aria-hidden="true" />
      </IconButton>
      <IconButton
        label={t('previous')}
        isDisabled={empty}
        onPress={() => player.send({ type: 'previous' })}
        className={styles.previous ?? ''}
      >
        <SkipBack aria-hidden="true" />
      </IconButton>
      <PlayButton {...(large && { large })} />
      <IconButton label={t('next')} isDisabled={empty} onPress={() => player.send({ type: 'next' })}>
        <SkipForward aria-hidden="true" />
      </IconButton>
      <IconButton
        label={t(`repeat.${repeat}`)}
        pressed={repeat !== 'off'}
        isDisabled={empty}
        onPress={cycleRepeat}
        className={styles.mode ?? ''}
      >
        {repeat === 'one' ? <Repeat1 aria-hidden="true" /> : <Repeat aria-hidden="true" />}
      </IconButton>
    </div>
  )
}

/** Position, waveform and length; or what is wrong and the way on. */
export function Course({ bars }: { bars?: number }) {
  const t = useTranslations('player')
  const status = usePlayer((state) => state.status)
  const trouble = usePlayer((state) => state.trouble)
  const positionMs = usePlayer((state) => Math.floor(state.positionMs / 250) * 250)
  const durationMs = usePlayer((state) => state.durationMs)
  const id = usePlayer((state) => current(state.queue)?.song.id)
  const hasAudio = usePlayer((state) => current(state.queue)?.song.hasAudio ?? false)
  const peaks = usePeaks(hasAudio ? id : undefined)
  if (status === 'failed' || status === 'other_tab') {
    return (
      <div className={styles.trouble} role="alert">
        <span className="cut">{status === 'failed' ? t(`trouble.${trouble ?? 'network'}`) : t('otherTab')}</span>
        <Button
          kind="quiet"
          icon={<RotateCw aria-hidden="true" />}
          onPress={() => player.send({ type: status === 'failed' ? 'retry' : 'play' })}
        >
          {status === 'failed' ? t('retry') : t('playHere')}
        </Button>
      </div>
    )
  }
  const waits = status === 'recovering' || status === 'buffering'
  return (
    <div className={`${styles.course} ${waits ? styles.waits : ''}`}>
      <span className={styles.time}>{duration(id ? positionMs : undefined)}</span>
      <Waveform
        peaks={peaks}
        positionMs={positionMs}
        durationMs={durationMs}
        disabled={!id}
        onSeek={(to) => player.send({ type: 'seek', positionMs: to })}
        {...(bars && { bars })}
      />
      <span className={styles.time}>{duration(id ? durationMs : undefined)}</span>
      {status === 'recovering' && trouble && (
        <span className="hidden" role="status">
          {t(`trouble.${trouble}`)}
        </span>
      )}
    </div>
  )
}
