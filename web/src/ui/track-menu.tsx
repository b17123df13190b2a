import { Ellipsis } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { IconButton } from './button'
import type { MenuEntry } from './menu-popup'

const Popup = lazy(() => import('./track-menu-popup'))

/** What else can be done with a track. The menu itself comes when it is first asked for. */
export function TrackMenu({ track, entries }: { track: Track; entries?: () => MenuEntry[] }) {
  const t = useTranslations('row')
  const ref = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [asked, setAsked] = useState(false)
  return (
    <>
      <IconButton
        ref={ref}
        size="small"
        label={t('more', { title: track.title })}
        aria-haspopup="menu"
        aria-expanded={open}
        onPress={() => {
          setAsked(true)
          setOpen(true)
        }}
      >
        <Ellipsis aria-hidden="true" />
      </IconButton>
      {asked && (
        <Suspense>
          <Popup track={track} more={entries?.() ?? []} trigger={ref} isOpen={open} onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  )
}
