import type { ReactNode } from 'react'
import styles from './chart.module.css'

export interface Rank {
  key: string
  name: ReactNode
  value: number
  shown: string
}

/** A list in order, with a bar for how much each is. */
export function Ranks({ label, ranks }: { label: string; ranks: Rank[] }) {
  const most = Math.max(1, ...ranks.map((rank) => rank.value))
  return (
    <ol className={styles.ranks} aria-label={label}>
      {ranks.map((rank, at) => (
        <li key={rank.key}>
          <span>{at + 1}</span>
          <span className="cut">{rank.name}</span>
          <span className={styles.value}>{rank.shown}</span>
          <span className={styles.rail}>
            <i style={{ inlineSize: `${(rank.value / most) * 100}%` }} />
          </span>
        </li>
      ))}
    </ol>
  )
}
