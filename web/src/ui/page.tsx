import { type ReactNode, useEffect, useRef } from 'react'
import styles from './page.module.css'

/** The frame of a page: the title of the window, one `h1` that navigation moves the focus to. */
export function Page({
  title,
  heading,
  hideHeading,
  aside,
  children,
}: {
  title: string
  heading?: ReactNode
  hideHeading?: boolean
  aside?: ReactNode
  children: ReactNode
}) {
  const ref = useRef<HTMLHeadingElement>(null)
  useTitle(title)
  useEffect(() => {
    // Not on the first load, where the browser's own place is right, and not while somebody types.
    if (document.body.dataset.navigated && !(document.activeElement instanceof HTMLInputElement)) {
      ref.current?.focus({ preventScroll: true })
    }
    document.body.dataset.navigated = 'yes'
  }, [])
  return (
    <div className={styles.page}>
      <div className={hideHeading ? 'hidden' : styles.top}>
        <h1 ref={ref} tabIndex={-1}>
          {heading ?? title}
        </h1>
        {aside}
      </div>
      {children}
    </div>
  )
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} · Jonquil` : 'Jonquil'
  }, [title])
}

export function Section({
  title,
  note,
  action,
  children,
}: {
  title: string
  note?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.sectionTop}>
        <h2>{title}</h2>
        {action}
      </div>
      {note && <p className={styles.note}>{note}</p>}
      {children}
    </section>
  )
}
