import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { listSimilarTracksOptions } from '../api/gen/@tanstack/react-query.gen'
import { Section } from '../ui/page'
import { TrackList } from '../ui/track-list'

/** What the same people hear; nothing while nobody knows. */
export function SimilarTracks({ track }: { track: Track }) {
  const t = useTranslations('track')
  const { data } = useQuery(listSimilarTracksOptions({ path: { track_id: track.id }, query: { limit: 8 } }))
  if (!data || data.items.length === 0) return null
  const title = t('similar', { title: track.title })
  return (
    <Section title={t('similarTitle')}>
      <TrackList
        tracks={data.items.map((item) => item.track)}
        source={{ type: 'recommendation', title }}
        label={title}
        showAlbum
      />
    </Section>
  )
}
