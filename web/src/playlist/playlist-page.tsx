import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Lock, Shuffle, Trash2, Unlock } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { changePlaylist, deletePlaylist, type OpenPlaylist, type Track } from '../api/gen'
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
import { LikeButton } from '../ui/like-button'
import { LoadMore } from '../ui/load-more'
import { PlayCircle } from '../ui/play-circle'
import { playlistsChanged } from '../ui/playlists'
import { Empty, Problem, Skeleton } from '../ui/states'
import { TrackList } from '../ui/track-list'
import { WorkMenu } from '../ui/work-menu'
import { useItemChanges } from './changes'
import { Export } from './export'
import { FindTracks } from './find-tracks'
import { Items } from './items'
import { Rename } from './rename'
import { allTracks, itemsOf, type Parts, tracksOf, usePlaylist } from './whole'

const route = getRouteApi('/playlists/$id')

export default function PlaylistPage() {
  const { id } = route.useParams()
  const me = useMe()
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = usePlaylist(id)
  if (isStatus(error, 404)) return <Gone what="playlist" />
  if (error) return <Problem error={error} retry={refetch} />
  const head = data?.pages[0]?.head
  if (!head) return <Skeleton kind="header" />
  const mine = head.owner.id === me?.id
  return (
    <PlaylistHead playlist={head} parts={data} mine={mine}>
      <Tracks playlist={head} parts={data} mine={mine} />
      <LoadMore hasMore={hasNextPage} isLoading={isFetchingNextPage} load={fetchNextPage} />
      {mine && <FindTracks playlistId={id} />}
    </PlaylistHead>
  )
}

/** From one of its tracks on, or from the first; the rest of a long playlist is fetched first. */
async function play(playlist: OpenPlaylist, parts: Parts, from?: Track, shuffle = false) {
  try {
    const tracks = await allTracks(playlist.id, parts)
    const at = Math.max(0, from ? tracks.findIndex((track) => track.id === from.id) : 0)
    playTracks(tracks, at, { type: 'playlist', id: playlist.id, title: playlist.title }, shuffle)
  } catch (error) {
    fail(error)
  }
}

interface Props {
  playlist: OpenPlaylist
  parts: Parts
  mine: boolean
}

function PlaylistHead({ playlist, parts, mine, children }: Props & { children: React.ReactNode }) {
  const t = useTranslations()
  const formats = useFormats()
  const playsThis = usePlayer((state) => isFrom(state.queue.source, 'playlist', playlist.id))
  const active = usePlayer((state) => playsThis && isActive(state))
  const silent = !tracksOf(itemsOf(parts)).some((track) => track.audio)
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
      line={
        <>
          {playlist.description && `${playlist.description} · `}
          <Link to="/people/$id" params={{ id: playlist.owner.id }} className="underlined">
            {t('playlist.by', { name: playlist.owner.username })}
          </Link>
        </>
      }
      note={note.filter(Boolean).join(' · ')}
      actions={
        <>
          <PlayCircle
            title={playlist.title}
            active={active}
            disabled={silent}
            onPress={() => (playsThis ? toggle() : void play(playlist, parts))}
          />
          <IconButton
            label={t('album.shuffle')}
            isDisabled={silent}
            onPress={() => void play(playlist, parts, undefined, true)}
          >
            <Shuffle aria-hidden="true" />
          </IconButton>
          <WorkMenu
            work={{
              type: 'playlist',
              id: playlist.id,
              title: playlist.title,
              path: `/playlists/${playlist.id}`,
              mine,
              ...(!silent && { tracks: () => allTracks(playlist.id, parts) }),
            }}
          />
          {mine ? <Own playlist={playlist} /> : <LikeButton type="playlist" id={playlist.id} title={playlist.title} />}
        </>
      }
    >
      {children}
    </Hero>
  )
}

function Tracks({ playlist, parts, mine }: Props) {
  const t = useTranslations()
  const change = useItemChanges(playlist.id)
  const items = itemsOf(parts)
  if (items.length === 0) {
    return <Empty title={t('playlist.empty')}>{mine ? t('playlist.emptyHint') : undefined}</Empty>
  }
  if (mine) {
    const playFrom = (track: Track) => void play(playlist, parts, track)
    return <Items items={items} total={playlist.tracks_count} change={change} play={playFrom} />
  }
  const source = { type: 'playlist', id: playlist.id, title: playlist.title } as const
  return <TrackList tracks={tracksOf(items)} source={source} label={t('album.tracks')} showAlbum />
}

/** What only its owner may do. */
function Own({ playlist }: { playlist: OpenPlaylist }) {
  const t = useTranslations('playlist')
  const navigate = useNavigate()
  const path = { playlist_id: playlist.id }
  const isPublic = playlist.visibility === 'public'
  const turn = async () => {
    try {
      await changePlaylist({ path, body: { visibility: isPublic ? 'private' : 'public' }, throwOnError: true })
      await playlistsChanged()
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
      <Rename playlist={playlist} changed={playlistsChanged} />
      <IconButton writes label={isPublic ? t('makePrivate') : t('makePublic')} onPress={turn}>
        {isPublic ? <Unlock aria-hidden="true" /> : <Lock aria-hidden="true" />}
      </IconButton>
      <Export playlist={playlist} />
      <IconButton writes label={t('delete')} onPress={remove}>
        <Trash2 aria-hidden="true" />
      </IconButton>
    </>
  )
}
