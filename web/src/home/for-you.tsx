import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { Recommendation } from '../api/gen'
import { playTracks } from '../player/actions'
import { Shelf } from '../ui/card'
import { Section } from '../ui/page'
import { AlbumCard, TrackCard } from '../ui/things'
import { newReleases, recommended } from './queries'
import { reasons } from './reasons'

/** What may please, each with the track that led to it. */
export function ForYou({ userId }: { userId: string }) {
  const t = useTranslations('home')
  const { data } = useQuery(recommended(userId))
  if (!data || data.items.length < 3) return null
  const tracks = data.items.map((item) => item.track)
  const [one, two] = reasons(data.items)
  const note = one && (two ? t('becauseOfTwo', { one, two }) : t('becauseOf', { title: one }))
  return (
    <Section title={t('forYou')} {...(note && { note })}>
      <Shelf>
        {data.items.map((item, at) => (
          <TrackCard
            key={item.track.id}
            track={item.track}
            line={<Line item={item} />}
            play={() => playTracks(tracks, at, { type: 'recommendation', title: t('forYou') })}
          />
        ))}
      </Shelf>
    </Section>
  )
}

function Line({ item }: { item: Recommendation }) {
  const t = useTranslations('home')
  const because = item.because[0]
  if (!because) return item.track.artist_line
  return <span title={t('becauseOf', { title: because.title })}>{item.track.artist_line}</span>
}

/** Albums of the last months by artists that one follows. */
export function NewReleases({ userId }: { userId: string }) {
  const t = useTranslations('home')
  const { data } = useQuery(newReleases(userId))
  if (!data || data.items.length === 0) return null
  return (
    <Section title={t('newReleases')} note={t('newReleasesNote')}>
      <Shelf>
        {data.items.map((album) => (
          <AlbumCard key={album.id} album={album} />
        ))}
      </Shelf>
    </Section>
  )
}
