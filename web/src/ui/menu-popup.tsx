import type { ReactNode, RefObject } from 'react'
import { Menu, MenuItem, Popover } from 'react-aria-components'
import styles from './menu-popup.module.css'

export interface MenuEntry {
  id: string
  icon?: ReactNode
  label: string
  danger?: boolean
  run: () => void
}

interface Props {
  label: string
  entries: MenuEntry[]
  trigger: RefObject<HTMLButtonElement | null>
  isOpen: boolean
  onOpenChange: (open: boolean) => void
}

export function MenuPopup({ label, entries, trigger, isOpen, onOpenChange }: Props) {
  return (
    <Popover
      triggerRef={trigger}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      placement="bottom end"
      className={styles.popover ?? ''}
    >
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
            className={`${styles.item} ${entry.danger ? styles.danger : ''}`}
          >
            {entry.icon}
            {entry.label}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  )
}
