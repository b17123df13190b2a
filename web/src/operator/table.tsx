import type { ReactNode } from 'react'
import styles from './table.module.css'

/** Numbers in columns; on a phone it scrolls sideways in its own frame. */
export function Table(props: {
  label: string
  head: readonly { key: string; label: string; number?: boolean }[]
  rows: readonly { key: string; cells: readonly ReactNode[] }[]
}) {
  const { label, head, rows } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.frame} aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {head.map((column) => (
              <th key={column.key} scope="col" className={column.number ? styles.number : ''}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, at) => (
                <td key={head[at]?.key} className={head[at]?.number ? styles.number : ''}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
