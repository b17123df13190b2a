import styles from './chart.module.css'

export interface Figure {
  label: string
  value: string
  note?: string
  rises?: boolean | undefined
}

/** A few large numbers, each with what it counts. */
export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl className={styles.figures}>
      {figures.map((figure) => (
        <div key={figure.label}>
          <dt>{figure.label}</dt>
          <dd>
            {figure.value}
            {figure.note && (
              <small className={figure.rises === undefined ? '' : figure.rises ? styles.up : styles.down}>
                {figure.note}
              </small>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
