import { type ReactNode, useEffect, useRef } from 'react'
import styles from './link-tabs.module.css'

/** Tabs that are addresses. On a phone the present one is scrolled into sight. */
export function LinkTabs({ label, children }: { label: string; children: ReactNode }) {
  const ref = useRef<HTMLElement>(null)
  useEffect(() => {
    const row = ref.current
    const current = row?.querySelector<HTMLElement>('[aria-current=page]')
    if (row && current) row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2
  })
  return (
    <nav ref={ref} className={styles.tabs} aria-label={label}>
      {children}
    </nav>
  )
}
