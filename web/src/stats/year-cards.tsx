import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { useFormats } from '../i18n/formats'
import { Cover } from '../ui/cover'
import type { Year } from './year'
import styles from './year.module.css'

/** One thing a card. After few plays only the numbers, since "your favourite" would be a chance. */
export function YearCards({ review, short }: { review: Year; short: boolean }) {
  const t = useTranslations('year')
  const formats = useFormats()
  return (
    <div className={styles.cards}>
      <Card title={t('listened')} big={formats.total(review.listenedMs)} tone="yellow">
        {t('plays', { count: review.plays, shown: formats.number(review.plays) })}
      </Card>
      {!short && <Favourites review={review} />}
      <Card title={t('variety')} big={t('artists', { count: review.artists })}>
        {t('tracks', { count: review.tracks })}
      </Card>
      {review.newTracks > 0 && (
        <Card title={t('discoveries')} big={formats.number(review.newTracks)}>
          {t('newToYou', { count: review.newTracks })}
        </Card>
      )}
      {!short && <Times review={review} />}
    </div>
  )
}

function Favourites({ review }: { review: Year }) {
  const t = useTranslations('year')
  const [artist] = review.topArtists
  const [track] = review.topTracks
  return (
    <>
      {artist && (
        <Card
          title={t('topArtist')}
          big={
            <Link to="/artists/$id" params={{ id: artist.id }} className="underlined">
              {artist.name}
            </Link>
          }
          tone="green"
        >
          <ol>
            {review.topArtists.slice(1).map((one) => (
              <li key={one.id}>{one.name}</li>
            ))}
          </ol>
        </Card>
      )}
      {track && (
        <Card
          title={t('topTrack')}
          cover={<Cover id={track.coverId} url={track.coverUrl} size={300} />}
          big={
            <Link to="/tracks/$id" params={{ id: track.id }} className="underlined">
              {track.title}
            </Link>
          }
        >
          <ol>
            {review.topTracks.slice(1).map((one) => (
              <li key={one.id}>{one.title}</li>
            ))}
          </ol>
        </Card>
      )}
      {review.genres[0] && (
        <Card title={t('topGenre')} big={review.genres[0]} tone="blue">
          {review.genres.slice(1).join(', ')}
        </Card>
      )}
    </>
  )
}

function Times({ review }: { review: Year }) {
  const t = useTranslations('year')
  const formats = useFormats()
  const { busiestDay, peakHour } = review
  return (
    <>
      {busiestDay && (
        <Card title={t('busiestDay')} big={formats.day(busiestDay.day)} tone="rose">
          {t('plays', { count: busiestDay.plays, shown: formats.number(busiestDay.plays) })}
        </Card>
      )}
      {peakHour !== undefined && (
        <Card title={t('hour')} big={`${String(peakHour).padStart(2, '0')}:00`}>
          {t('streak', { count: review.longestStreak })}
        </Card>
      )}
    </>
  )
}

function Card(props: {
  title: string
  big: ReactNode
  cover?: ReactNode
  tone?: 'yellow' | 'green' | 'blue' | 'rose'
  children?: ReactNode
}) {
  return (
    <section className={`${styles.card} ${props.tone ? styles[props.tone] : ''}`} aria-label={props.title}>
      <h2>{props.title}</h2>
      {props.cover && <span className={styles.cover}>{props.cover}</span>}
      <p className={styles.big}>{props.big}</p>
      <div className={styles.more}>{props.children}</div>
    </section>
  )
}
