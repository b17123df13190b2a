import { Ellipsis } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { IconButton } from './button'

const Popup = lazy(() => import('./work-menu-popup'))

export interface Work {
  title: string
  /** Where it is, below the page's own address. */
  path: string
  /** All of it, the rest fetched first if need be. */
  tracks: () => Track[] | Promise<Track[]>
}

/** What else can be done with an album or a playlist as a whole. */
export function WorkMenu({ work }: { work: Work }) {
  const t = useTranslations('row')
  const ref = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [asked, setAsked] = useState(false)
  return (
    <>
      <IconButton
        ref={ref}
        label={t('more', { title: work.title })}
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
          <Popup work={work} trigger={ref} isOpen={open} onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  )
}
