import type { ReactNode } from 'react'
import { BesideHero } from './cover-move'
import styles from './hero.module.css'
import { Page } from './page'

/** The head of an album, an artist, a track or a playlist. */
export function Hero(props: {
  kind: string
  title: string
  cover: ReactNode
  round?: boolean
  line: ReactNode
  note?: ReactNode
  actions: ReactNode
  children: ReactNode
}) {
  const heading = (
    <span className={styles.names}>
      <small>{props.kind}</small>
      <span className={props.title.length > 34 ? styles.long : styles.title}>{props.title}</span>
    </span>
  )
  return (
    <div className={styles.hero}>
      <div className={`${styles.cover} ${props.round ? styles.round : ''}`}>{props.cover}</div>
      <Page title={props.title} heading={heading}>
        <div className={styles.lines}>
          <p className={styles.line}>{props.line}</p>
          {props.note && <p className={styles.note}>{props.note}</p>}
          <div className={styles.actions}>{props.actions}</div>
        </div>
        <BesideHero value={true}>
          <div className={styles.body}>{props.children}</div>
        </BesideHero>
      </Page>
    </div>
  )
}
