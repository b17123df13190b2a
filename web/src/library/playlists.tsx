import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { fail } from '../app/toasts'
import { Button } from '../ui/button'
import { Card, CardGrid } from '../ui/card'
import { CoverOfFour } from '../ui/cover'
import { makePlaylist, ownPlaylists } from '../ui/playlists'
import { Empty, Problem, Skeleton } from '../ui/states'
import styles from './library.module.css'

export function Playlists() {
  const t = useTranslations()
  const { data, error, refetch } = useQuery(ownPlaylists())
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const create = async () => {
    setBusy(true)
    try {
      const made = await makePlaylist(t('playlist.untitled'), [])
      await navigate({ to: '/playlists/$id', params: { id: made.id } })
    } catch (problem) {
      fail(problem)
    } finally {
      setBusy(false)
    }
  }
  const button = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden="true" />}
      isPending={busy}
      onPress={create}
      className={styles.new ?? ''}
    >
      {t('playlist.new')}
    </Button>
  )
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="cards" />
  if (data.items.length === 0) {
    return (
      <Empty title={t('playlist.none')} action={button}>
        {t('playlist.noneHint')}
      </Empty>
    )
  }
  return (
    <>
      {button}
      <CardGrid>
        {data.items.map((playlist) => (
          <Card
            key={playlist.id}
            to="/playlists/$id"
            params={{ id: playlist.id }}
            cover={<CoverOfFour id={playlist.id} urls={playlist.cover_urls} />}
            title={playlist.title}
            line={t('count.tracks', { count: playlist.tracks_count })}
          />
        ))}
      </CardGrid>
    </>
  )
}
