import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { listPlaylistsOfUser, type User } from '../api/gen'
import { getUserOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { Gone } from '../app/not-found'
import { useFormats } from '../i18n/formats'
import { CardGrid } from '../ui/card'
import { Hero } from '../ui/hero'
import { LoadMore } from '../ui/load-more'
import { Section } from '../ui/page'
import { PlaceholderCover } from '../ui/placeholder-cover'
import { PlaylistCard } from '../ui/playlist-card'
import { Empty, Problem, Skeleton } from '../ui/states'
import styles from './people.module.css'

const route = getRouteApi('/people/$id')

/** What a person shows to others: the name and the public playlists. */
export default function PersonPage() {
  const { id } = route.useParams()
  const { data, error, refetch } = useQuery(getUserOptions({ path: { user_id: id } }))
  if (isStatus(error, 404)) return <Gone what="person" />
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="header" />
  return <Person person={data} />
}

function Person({ person }: { person: User }) {
  const t = useTranslations('settings')
  const formats = useFormats()
  return (
    <Hero
      kind={t(`role.${person.role}`)}
      title={person.display_name}
      round
      cover={
        <span className={styles.face}>
          <PlaceholderCover id={person.id} />
        </span>
      }
      line={`@${person.username}`}
      note={t('since', { date: formats.date(person.created_at) })}
      actions={null}
    >
      <Playlists id={person.id} />
    </Hero>
  )
}

function Playlists({ id }: { id: string }) {
  const t = useTranslations()
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['playlists', 'of', id],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam && { cursor: pageParam }) }
      return (await listPlaylistsOfUser({ path: { user_id: id }, query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="cards" />
  const playlists = data.pages.flatMap((page) => page.items)
  if (playlists.length === 0) return <Empty title={t('playlist.nonePublic')} />
  return (
    <Section title={t('library.tabs.playlists')}>
      <CardGrid>
        {playlists.map((playlist) => (
          <PlaylistCard key={playlist.id} playlist={playlist} />
        ))}
      </CardGrid>
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
    </Section>
  )
}
