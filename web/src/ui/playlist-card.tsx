import { useTranslations } from 'use-intl'
import type { Playlist } from '../api/gen'
import { Card } from './card'
import { CoverOfFour } from './cover'

export function PlaylistCard({ playlist, by }: { playlist: Playlist; by?: boolean }) {
  const t = useTranslations()
  return (
    <Card
      to="/playlists/$id"
      params={{ id: playlist.id }}
      cover={<CoverOfFour id={playlist.id} urls={playlist.cover_urls} />}
      title={playlist.title}
      line={
        by ? t('playlist.by', { name: playlist.owner.username }) : t('count.tracks', { count: playlist.tracks_count })
      }
    />
  )
}
