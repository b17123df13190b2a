import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { fail } from '../app/toasts'
import { Button } from '../ui/button'
import { CardGrid } from '../ui/card'
import { LoadMore } from '../ui/load-more'
import { Section } from '../ui/page'
import { PlaylistCard } from '../ui/playlist-card'
import { makePlaylist, ownPlaylists } from '../ui/playlists'
import { Empty, Problem, Skeleton } from '../ui/states'
import { ImportPlaylist } from './import-playlist'
import styles from './library.module.css'
import { useLiked } from './liked'

export function Playlists({ userId }: { userId: string }) {
  const t = useTranslations()
  const { data, error, refetch } = useQuery(ownPlaylists())
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="cards" />
  return (
    <>
      {/* At one place, so that what an import found stays open when the first playlist appears. */}
      <div className={styles.buttons}>
        <NewPlaylist />
        <ImportPlaylist />
      </div>
      {data.items.length === 0 ? (
        <Empty title={t('playlist.none')}>{t('playlist.noneHint')}</Empty>
      ) : (
        <CardGrid heading={t('library.tabs.playlists')}>
          {data.items.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </CardGrid>
      )}
      <LikedPlaylists userId={userId} />
    </>
  )
}

function NewPlaylist() {
  const t = useTranslations('playlist')
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const create = async () => {
    setBusy(true)
    try {
      const made = await makePlaylist(t('untitled'), [])
      await navigate({ to: '/playlists/$id', params: { id: made.id } })
    } catch (problem) {
      fail(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button writes kind="primary" icon={<Plus aria-hidden="true" />} isPending={busy} onPress={create}>
      {t('new')}
    </Button>
  )
}

/** Those of other people. */
function LikedPlaylists({ userId }: { userId: string }) {
  const t = useTranslations('library')
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useLiked(userId, 'playlist')
  const items = data?.pages.flatMap((page) => page.items) ?? []
  if (items.length === 0) return null
  return (
    <Section title={t('likedPlaylists')}>
      <CardGrid>
        {items.map(({ id, playlist }) => playlist && <PlaylistCard key={id} playlist={playlist} by />)}
      </CardGrid>
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
    </Section>
  )
}
