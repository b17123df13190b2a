import { Link, type LinkProps } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { Children, type ReactNode, use, useLayoutEffect, useRef, useState } from 'react'
import styles from './card.module.css'
import { BesideHero, mayMove, nameCover } from './cover-move'

interface Props {
  to: LinkProps['to']
  params?: Record<string, string>
  cover: ReactNode
  title: string
  line: ReactNode
  round?: boolean
  play?: { label: string; start: () => void } | undefined
  /** What is known of the thing already, for its page. */
  seed?: () => void
}

/** A cover with its title; the whole card leads to the page, the button plays. */
export function Card({ to, params, cover, title, line, round, play, seed }: Props) {
  const art = useRef<HTMLDivElement>(null)
  const moves = !use(BesideHero) && mayMove()
  return (
    <article className={`${styles.card} ${round ? styles.round : ''}`}>
      <div ref={art} className={styles.art}>
        {cover}
        {play && (
          <button type="button" className={styles.play} aria-label={play.label} title={play.label} onClick={play.start}>
            <Play aria-hidden="true" fill="currentColor" />
          </button>
        )}
      </div>
      <h3>
        <Link
          to={to}
          {...(params && { params: params as never })}
          className={`cut ${styles.link}`}
          title={title}
          viewTransition={moves}
          onClick={() => {
            seed?.()
            if (moves) nameCover(art.current)
          }}
        >
          {title}
        </Link>
      </h3>
      <p className={`cut ${styles.line}`}>{line}</p>
    </article>
  )
}

/** A row of cards: all of them on a phone, where it scrolls sideways, else as many as fit. */
export function Shelf({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState<number>()
  useLayoutEffect(() => {
    const shelf = ref.current
    if (!shelf) return
    const measure = () => {
      const { display, gridTemplateColumns } = getComputedStyle(shelf)
      setRoom(display === 'grid' ? gridTemplateColumns.split(' ').length : undefined)
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(shelf)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={ref} className={styles.shelf}>
      {Children.toArray(children).slice(0, room)}
    </div>
  )
}

/** The heading is for those who hear the page; where one is seen already, none is given. */
export function CardGrid({ heading, children }: { heading?: string; children: ReactNode }) {
  return (
    <>
      {heading && <h2 className="hidden">{heading}</h2>}
      <div className={styles.grid}>{children}</div>
    </>
  )
}
