import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { playTracks } from '../player/actions'
import { Shelf } from '../ui/card'
import { Section } from '../ui/page'
import { TrackCard } from '../ui/things'
import { rising } from './queries'

/** What is played more than the week before. */
export function Rising() {
  const t = useTranslations('home')
  const { data } = useQuery(rising())
  const tracks = data?.rising.map((place) => place.track) ?? []
  if (tracks.length < 3) return null
  return (
    <Section title={t('rising')} note={t('risingNote')}>
      <Shelf>
        {tracks.map((track, at) => (
          <TrackCard
            key={track.id}
            track={track}
            play={() => playTracks(tracks, at, { type: 'charts', title: t('rising') })}
          />
        ))}
      </Shelf>
    </Section>
  )
}
