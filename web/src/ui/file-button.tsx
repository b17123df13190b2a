import type { ReactNode } from 'react'
import { FileTrigger } from 'react-aria-components'
import { useOnline } from '../app/online'
import { Button } from './button'

/** A button that asks for a file and sends it. */
export function FileButton(props: {
  accept: string[]
  take: (file: File) => unknown
  icon: ReactNode
  busy: boolean
  children: ReactNode
}) {
  const { accept, take, icon, busy, children } = props
  const online = useOnline()
  const button = (
    <Button writes icon={icon} isPending={busy}>
      {children}
    </Button>
  )
  // Without a connection no file is asked for: it could not be sent.
  if (!online) return button
  return (
    <FileTrigger
      acceptedFileTypes={accept}
      onSelect={(files) => {
        const file = files?.[0]
        if (file) take(file)
      }}
    >
      {button}
    </FileTrigger>
  )
}
