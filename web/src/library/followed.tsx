import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { following } from '../api/following'
import { CardGrid } from '../ui/card'
import { Empty, Problem, Skeleton } from '../ui/states'
import { ArtistCard } from '../ui/things'

export function Followed({ userId }: { userId: string }) {
  const t = useTranslations('library')
  const { data, error, refetch } = useQuery(following(userId))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="cards" />
  if (data.length === 0) {
    return (
      <Empty
        title={t('followedEmpty')}
        action={
          <Link to="/charts" search={{ kind: 'artist' }} className="link">
            {t('toCharts')}
          </Link>
        }
      >
        {t('followedHint')}
      </Empty>
    )
  }
  return (
    <CardGrid heading={t('tabs.artists')}>
      {data.map((artist) => (
        <ArtistCard key={artist.id} artist={artist} />
      ))}
    </CardGrid>
  )
}
