import { Link2, ListEnd, ListPlus, ListStart } from 'lucide-react'
import { type RefObject, useState } from 'react'
import { useTranslations } from 'use-intl'
import { askToSignIn } from '../api/sign-in-request'
import { canCopy, copyLink } from '../app/copy-link'
import { fail, say } from '../app/toasts'
import { addToQueue } from '../player/actions'
import { AddToPlaylist } from './add-to-playlist'
import { MenuPopup } from './menu-popup'
import type { Work } from './work-menu'

interface Props {
  work: Work
  trigger: RefObject<HTMLButtonElement | null>
  isOpen: boolean
  onOpenChange: (open: boolean) => void
}

export default function WorkMenuPopup({ work, trigger, isOpen, onOpenChange }: Props) {
  const t = useTranslations('menu')
  const [adding, setAdding] = useState(false)
  const { title } = work
  const queue = async (where: 'next' | 'last') => {
    try {
      addToQueue(await work.tracks(), where)
      say(where === 'next' ? t('willPlayNext', { title }) : t('addedToQueue', { title }))
    } catch (error) {
      fail(error)
    }
  }
  if (adding) {
    const trackIds = async () => (await work.tracks()).map((track) => track.id)
    return <AddToPlaylist title={title} trackIds={trackIds} close={() => setAdding(false)} />
  }
  return (
    <MenuPopup
      label={t('label', { title })}
      entries={[
        { id: 'next', icon: <ListStart />, label: t('playNext'), run: () => void queue('next') },
        { id: 'queue', icon: <ListEnd />, label: t('addToQueue'), run: () => void queue('last') },
        {
          id: 'playlist',
          icon: <ListPlus />,
          label: t('addToPlaylist'),
          run: () => askToSignIn('library', () => setAdding(true)),
        },
        ...(canCopy()
          ? [{ id: 'copy', icon: <Link2 />, label: t('copyLink'), run: () => copyLink(work.path, t('copied')) }]
          : []),
      ]}
      trigger={trigger}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
    />
  )
}
