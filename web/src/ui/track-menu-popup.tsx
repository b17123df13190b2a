import { useRouter } from '@tanstack/react-router'
import { CircleMinus, Disc3, Flag, Heart, Link2, ListEnd, ListPlus, ListStart, Mic2, Music } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { like, useIsLiked } from '../api/favourites'
import type { Track } from '../api/gen'
import { hide } from '../api/hidden'
import { askToSignIn } from '../api/sign-in-request'
import { canCopy, copyLink } from '../app/copy-link'
import { fail, say } from '../app/toasts'
import { addToQueue } from '../player/actions'
import { AddToPlaylist } from './add-to-playlist'
import { type MenuEntry, MenuPopup } from './menu-popup'
import type { Opened } from './more-menu'
import { ReportDialog } from './report-dialog'

interface Props {
  track: Track
  more: MenuEntry[]
  opened: Opened
}

export default function TrackMenuPopup({ track, more, opened }: Props) {
  const t = useTranslations('menu')
  const router = useRouter()
  const album = track.album
  const [asks, setAsks] = useState<'playlist' | 'report'>()
  const liked = useIsLiked('track', track.id)
  const notForMe = async () => {
    try {
      await hide('track', track.id, true)
      const run = () => void hide('track', track.id, false).catch(fail)
      say(t('hidden', { title: track.title }), { label: t('undo'), run })
    } catch (error) {
      fail(error)
    }
  }
  const entries: (MenuEntry | false)[] = [
    track.audio != null && {
      id: 'next',
      icon: <ListStart />,
      label: t('playNext'),
      run: () => {
        addToQueue([track], 'next')
        say(t('willPlayNext', { title: track.title }))
      },
    },
    track.audio != null && {
      id: 'queue',
      icon: <ListEnd />,
      label: t('addToQueue'),
      run: () => {
        addToQueue([track], 'last')
        say(t('addedToQueue', { title: track.title }))
      },
    },
    {
      id: 'playlist',
      writes: true,
      icon: <ListPlus />,
      label: t('addToPlaylist'),
      run: () => askToSignIn('library', () => setAsks('playlist')),
    },
    {
      id: 'like',
      writes: true,
      icon: <Heart {...(liked && { fill: 'currentColor' })} />,
      label: liked ? t('unlike') : t('like'),
      run: () => askToSignIn('like', () => void like('track', track.id, !liked).catch(fail)),
    },
    {
      id: 'hide',
      writes: true,
      icon: <CircleMinus />,
      label: t('hide'),
      run: () => askToSignIn('like', () => void notForMe()),
    },
    {
      id: 'track',
      icon: <Music />,
      label: t('toTrack'),
      run: () => router.navigate({ to: '/tracks/$id', params: { id: track.id } }),
    },
    album != null && {
      id: 'album',
      icon: <Disc3 />,
      label: t('toAlbum'),
      run: () => router.navigate({ to: '/albums/$id', params: { id: album.id } }),
    },
    {
      id: 'artist',
      icon: <Mic2 />,
      label: t('toArtist'),
      run: () => router.navigate({ to: '/artists/$id', params: { id: track.artist.id } }),
    },
    canCopy() && {
      id: 'copy',
      icon: <Link2 />,
      label: t('copyLink'),
      run: () => copyLink(`/tracks/${track.id}`, t('copied')),
    },
    {
      id: 'report',
      writes: true,
      icon: <Flag />,
      label: t('report'),
      run: () => askToSignIn('report', () => setAsks('report')),
    },
    ...more,
  ]
  const close = () => setAsks(undefined)
  if (asks === 'playlist') return <AddToPlaylist title={track.title} trackIds={() => [track.id]} close={close} />
  if (asks === 'report') return <ReportDialog work={{ ...track, type: 'track' }} close={close} />
  return (
    <MenuPopup
      label={t('label', { title: track.title })}
      entries={entries.filter((entry) => entry !== false)}
      opened={opened}
    />
  )
}
