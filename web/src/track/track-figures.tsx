import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { Track, TrackAnalytics } from '../api/gen'
import { getTrackAnalyticsOptions } from '../api/gen/@tanstack/react-query.gen'
import { timeZone, useFormats } from '../i18n/formats'
import { Bars } from '../ui/chart/bars'
import { Figures } from '../ui/chart/numbers'
import { Stays } from '../ui/chart/stays'
import { Section } from '../ui/page'
import { TrackList } from '../ui/track-list'
import styles from './track.module.css'

/** How the track is heard: for everybody, without names. */
export function TrackListening({ track }: { track: Track }) {
  const { data } = useQuery(
    getTrackAnalyticsOptions({ path: { track_id: track.id }, query: { period: 'month', tz: timeZone() } }),
  )
  if (!data || data.listens === 0) return null
  return <Heard track={track} heard={data} />
}

function Heard({ track, heard }: { track: Track; heard: TrackAnalytics }) {
  const t = useTranslations('track')
  const formats = useFormats()
  const best = heard.timeline.reduce((one, two) => (two.plays > one.plays ? two : one), { bucket: '', plays: 0 })
  return (
    <>
      <Section title={t('listening')} note={t('listeningNote')}>
        <Figures
          figures={[
            { label: t('listeners'), value: formats.number(heard.listeners) },
            { label: t('plays'), value: formats.number(heard.plays) },
            { label: t('completion'), value: formats.percent(heard.completion_rate) },
            { label: t('skips'), value: formats.percent(heard.skip_rate) },
          ]}
        />
        <div className={styles.two}>
          <Bars
            title={best.plays > 0 ? t('bestDay', { day: formats.dayOf(best.bucket) }) : t('quiet')}
            bars={heard.timeline.map((step) => ({
              key: step.bucket,
              label: formats.dayOf(step.bucket),
              value: step.plays,
            }))}
            unit={t('unit')}
            height={140}
            peak
          />
          <Stays track={track} shares={heard.drop_off} />
        </div>
      </Section>
      {heard.next_tracks.length > 0 && (
        <Section title={t('next')}>
          <TrackList
            tracks={heard.next_tracks.slice(0, 5).map((next) => next.track)}
            source={{ type: 'track', title: t('next') }}
            label={t('next')}
            showAlbum
          />
        </Section>
      )}
    </>
  )
}
