import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import type { Artist } from '../api/gen'
import { getArtistOfUserOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { Empty, Problem, Skeleton } from '../ui/states'

/** What is about one's own artist profile; without one, how to get it. */
export function OwnArtist({ userId, children }: { userId: string; children: (artist: Artist) => ReactNode }) {
  const t = useTranslations('studio')
  const { data, error, refetch } = useQuery(getArtistOfUserOptions({ path: { user_id: userId } }))
  if (isStatus(error, 404)) {
    return (
      <Empty
        title={t('noProfile')}
        action={
          <Link to="/studio/upload" className="link">
            {t('upload')}
          </Link>
        }
      >
        {t('noProfileHint')}
      </Empty>
    )
  }
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  return children(data)
}
