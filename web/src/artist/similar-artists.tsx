import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { listSimilarArtistsOptions } from '../api/gen/@tanstack/react-query.gen'
import { Shelf } from '../ui/card'
import { Section } from '../ui/page'
import { ArtistCard } from '../ui/things'

/** Whom the same people hear; nothing while nobody knows. */
export function SimilarArtists({ id }: { id: string }) {
  const t = useTranslations('artist')
  const { data } = useQuery(listSimilarArtistsOptions({ path: { artist_id: id }, query: { limit: 12 } }))
  if (!data || data.items.length === 0) return null
  return (
    <Section title={t('similar')}>
      <Shelf>
        {data.items.map(({ artist }) => (
          <ArtistCard key={artist.id} artist={artist} />
        ))}
      </Shelf>
    </Section>
  )
}
