import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Lock, Shuffle, Trash2, Unlock } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { changePlaylist, deletePlaylist, type OpenPlaylist, type Track } from '../api/gen'
import { getPlaylistOptions, getPlaylistQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { useMe } from '../api/me'
import { isStatus } from '../api/problem'
import { Gone } from '../app/not-found'
import { fail, say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { isFrom, playTracks, toggle } from '../player/actions'
import { isActive, usePlayer } from '../player/player'
import { IconButton } from '../ui/button'
import { CoverOfFour } from '../ui/cover'
import { Hero } from '../ui/hero'
import { PlayCircle } from '../ui/play-circle'
import { playlistsChanged } from '../ui/playlists'
import { Empty, Problem, Skeleton } from '../ui/states'
import { TrackList } from '../ui/track-list'
import { Items } from './items'
import { Rename } from './rename'

const route = getRouteApi('/playlists/$id')

export default function PlaylistPage() {
  const { id } = route.useParams()
  const me = useMe()
  const { data, error, refetch } = useQuery(getPlaylistOptions({ path: { playlist_id: id } }))
  if (isStatus(error, 404)) return <Gone what="playlist" />
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="header" />
  return <Playlist playlist={data} mine={data.owner.id === me?.id} />
}

function Playlist({ playlist, mine }: { playlist: OpenPlaylist; mine: boolean }) {
  const t = useTranslations()
  const formats = useFormats()
  const playsThis = usePlayer((state) => isFrom(state.queue.source, 'playlist', playlist.id))
  const active = usePlayer((state) => playsThis && isActive(state))
  const tracks = playlist.items.map((item) => item.track).filter((track): track is Track => track != null)
  const source = { type: 'playlist', id: playlist.id, title: playlist.title } as const
  const silent = !tracks.some((track) => track.audio)
  const note = [
    t(`playlist.visibility.${playlist.visibility}`),
    t('count.tracks', { count: playlist.tracks_count }),
    playlist.duration_ms > 0 && formats.total(playlist.duration_ms),
  ]
  return (
    <Hero
      kind={t('playlist.kind')}
      title={playlist.title}
      cover={<CoverOfFour id={playlist.id} urls={playlist.cover_urls} />}
      line={playlist.description || t('playlist.by', { name: playlist.owner.username })}
      note={note.filter(Boolean).join(' · ')}
      actions={
        <>
          <PlayCircle
            title={playlist.title}
            active={active}
            disabled={silent}
            onPress={() => (playsThis ? toggle() : playTracks(tracks, 0, source))}
          />
          <IconButton
            label={t('album.shuffle')}
            isDisabled={silent}
            onPress={() => playTracks(tracks, 0, source, true)}
          >
            <Shuffle aria-hidden="true" />
          </IconButton>
          {mine && <Own playlist={playlist} />}
        </>
      }
    >
      {playlist.items.length === 0 ? (
        <Empty title={t('playlist.empty')}>{t('playlist.emptyHint')}</Empty>
      ) : mine ? (
        <Items playlist={playlist} />
      ) : (
        <TrackList tracks={tracks} source={source} label={t('album.tracks')} showAlbum />
      )}
    </Hero>
  )
}

/** What only its owner may do. */
function Own({ playlist }: { playlist: OpenPlaylist }) {
  const t = useTranslations('playlist')
  const client = useQueryClient()
  const navigate = useNavigate()
  const path = { playlist_id: playlist.id }
  const changed = () =>
    Promise.all([client.invalidateQueries({ queryKey: getPlaylistQueryKey({ path }) }), playlistsChanged()])
  const isPublic = playlist.visibility === 'public'
  const turn = async () => {
    try {
      await changePlaylist({ path, body: { visibility: isPublic ? 'private' : 'public' }, throwOnError: true })
      await changed()
    } catch (error) {
      fail(error)
    }
  }
  const remove = async () => {
    if (!confirm(t('reallyDelete', { title: playlist.title }))) return
    try {
      await deletePlaylist({ path, throwOnError: true })
      await playlistsChanged()
      await navigate({ to: '/library/$tab', params: { tab: 'playlists' } })
      say(t('deleted', { title: playlist.title }))
    } catch (error) {
      fail(error)
    }
  }
  return (
    <>
      <Rename playlist={playlist} changed={changed} />
      <IconButton label={isPublic ? t('makePrivate') : t('makePublic')} onPress={turn}>
        {isPublic ? <Unlock aria-hidden="true" /> : <Lock aria-hidden="true" />}
      </IconButton>
      <IconButton label={t('delete')} onPress={remove}>
        <Trash2 aria-hidden="true" />
      </IconButton>
    </>
  )
}
