import { Flag, Link2, ListEnd, ListPlus, ListStart } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { askToSignIn } from '../api/sign-in-request'
import { canCopy, copyLink } from '../app/copy-link'
import { fail, say } from '../app/toasts'
import { addToQueue } from '../player/actions'
import { AddToPlaylist } from './add-to-playlist'
import { type MenuEntry, MenuPopup } from './menu-popup'
import type { Opened } from './more-menu'
import { ReportDialog } from './report-dialog'
import type { Work } from './work-menu'

export default function WorkMenuPopup({ work, opened }: { work: Work; opened: Opened }) {
  const t = useTranslations('menu')
  const [asks, setAsks] = useState<'playlist' | 'report'>()
  const { title, tracks } = work
  const queue = async (where: 'next' | 'last') => {
    try {
      addToQueue((await tracks?.()) ?? [], where)
      say(where === 'next' ? t('willPlayNext', { title }) : t('addedToQueue', { title }))
    } catch (error) {
      fail(error)
    }
  }
  const close = () => setAsks(undefined)
  if (asks === 'playlist' && tracks) {
    const trackIds = async () => (await tracks()).map((track) => track.id)
    return <AddToPlaylist title={title} trackIds={trackIds} close={close} />
  }
  if (asks === 'report') return <ReportDialog work={work} close={close} />
  const entries: (MenuEntry | false)[] = [
    tracks != null && { id: 'next', icon: <ListStart />, label: t('playNext'), run: () => void queue('next') },
    tracks != null && { id: 'queue', icon: <ListEnd />, label: t('addToQueue'), run: () => void queue('last') },
    tracks != null && {
      id: 'playlist',
      writes: true,
      icon: <ListPlus />,
      label: t('addToPlaylist'),
      run: () => askToSignIn('library', () => setAsks('playlist')),
    },
    canCopy() && {
      id: 'copy',
      icon: <Link2 />,
      label: t('copyLink'),
      run: () => copyLink(work.path, t('copied')),
    },
    !work.mine && {
      id: 'report',
      writes: true,
      icon: <Flag />,
      label: t('report'),
      run: () => askToSignIn('report', () => setAsks('report')),
    },
  ]
  return (
    <MenuPopup label={t('label', { title })} entries={entries.filter((entry) => entry !== false)} opened={opened} />
  )
}
