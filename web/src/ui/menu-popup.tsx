import type { ReactNode } from 'react'
import { Menu, MenuItem, Popover } from 'react-aria-components'
import { REASON_ID, useOfflineReason } from '../app/online'
import styles from './menu-popup.module.css'
import type { Opened } from './more-menu'

export interface MenuEntry {
  id: string
  icon?: ReactNode
  label: string
  danger?: boolean
  /** It does nothing without the service: without a connection it is disabled and says why. */
  writes?: boolean
  run: () => void
}

interface Props {
  label: string
  entries: MenuEntry[]
  opened: Opened
}

export function MenuPopup({ label, entries, opened: { trigger, isOpen, onOpenChange } }: Props) {
  const offline = useOfflineReason()
  const isBlocked = (entry: MenuEntry) => entry.writes === true && offline !== undefined
  return (
    <Popover
      aria-label={label}
      triggerRef={trigger}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      placement="bottom end"
      className={styles.popover ?? ''}
    >
      {entries.some(isBlocked) && <p className={styles.reason}>{offline}</p>}
      <Menu
        aria-label={label}
        className={styles.menu ?? ''}
        onAction={(key) => entries.find((entry) => entry.id === key)?.run()}
        onClose={() => onOpenChange(false)}
        autoFocus="first"
      >
        {entries.map((entry) => (
          <MenuItem
            key={entry.id}
            id={entry.id}
            textValue={entry.label}
            isDisabled={isBlocked(entry)}
            className={`${styles.item} ${entry.danger ? styles.danger : ''}`}
            {...(isBlocked(entry) && { render: (props: object) => <div {...props} aria-describedby={REASON_ID} /> })}
          >
            {entry.icon}
            {entry.label}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  )
}
