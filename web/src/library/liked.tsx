import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { type LikedItem, listFavourites, type Track } from '../api/gen'
import { CardGrid } from '../ui/card'
import { LoadMore } from '../ui/load-more'
import { Empty, Problem, Skeleton } from '../ui/states'
import { AlbumCard } from '../ui/things'
import { TrackList } from '../ui/track-list'

export function useLiked(userId: string, type: 'track' | 'album' | 'playlist') {
  return useInfiniteQuery({
    queryKey: ['favourites', 'list', type, userId],
    queryFn: async ({ pageParam, signal }) => {
      const query = { type, limit: 50, ...(pageParam && { cursor: pageParam }) }
      return (await listFavourites({ path: { user_id: userId }, query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
}

/** The tracks or albums that one likes, the newest heart first. */
export function Liked({ userId, type }: { userId: string; type: 'track' | 'album' }) {
  const t = useTranslations('library')
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useLiked(userId, type)
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind={type === 'track' ? 'rows' : 'cards'} />
  const items: LikedItem[] = data.pages.flatMap((page) => page.items)
  if (items.length === 0) {
    return (
      <Empty
        title={t(`likedEmpty.${type}`)}
        action={
          <Link to="/charts" search={{}} className="link">
            {t('toCharts')}
          </Link>
        }
      >
        {t('likedHint')}
      </Empty>
    )
  }
  return (
    <div>
      {type === 'track' ? (
        <TrackList
          tracks={items.map((item) => item.track).filter((track): track is Track => track != null)}
          source={{ type: 'library', title: t('tabs.tracks') }}
          label={t('tabs.tracks')}
          showAlbum
          showPlays
        />
      ) : (
        <CardGrid heading={t('tabs.albums')}>
          {items.map(({ id, album }) => album && <AlbumCard key={id} album={album} />)}
        </CardGrid>
      )}
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
    </div>
  )
}
