import { Ellipsis } from 'lucide-react'
import { type ReactNode, type RefObject, Suspense, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { IconButton } from './button'

/** What a menu must know of the button that opens it. */
export interface Opened {
  trigger: RefObject<HTMLButtonElement | null>
  isOpen: boolean
  onOpenChange: (open: boolean) => void
}

/** The button that opens a menu about a thing. The menu itself comes when it is first asked for. */
export function MoreMenu(props: { title: string; size?: 'small' | 'normal'; children: (opened: Opened) => ReactNode }) {
  const { title, size = 'normal', children } = props
  const t = useTranslations('row')
  const trigger = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [asked, setAsked] = useState(false)
  return (
    <>
      <IconButton
        ref={trigger}
        size={size}
        label={t('more', { title })}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onPress={() => {
          setAsked(true)
          setOpen(true)
        }}
      >
        <Ellipsis aria-hidden="true" />
      </IconButton>
      {asked && <Suspense>{children({ trigger, isOpen, onOpenChange: setOpen })}</Suspense>}
    </>
  )
}
