import { useId } from 'react'
import { useFormats } from '../../i18n/formats'
import styles from './chart.module.css'

/** A week by hours: the more plays, the stronger the square. */
export function WeekClock({
  title,
  hours,
  unit,
}: {
  title: string
  hours: readonly (readonly number[])[]
  unit: string
}) {
  const formats = useFormats()
  const id = useId()
  const most = Math.max(1, ...hours.flat())
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <figcaption id={id}>
        <strong>{title}</strong>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={styles.scroll} aria-label={title} tabIndex={0}>
        <table className={styles.week}>
          <tbody>
            {hours.map((ofDay, day) => {
              const name = formats.weekday(day)
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {ofDay.map((plays, hour) => {
                    const words = `${name} ${hour}:00, ${formats.number(plays)} ${unit}`
                    return (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the place is the hour
                      <td key={hour} title={words}>
                        <i style={{ opacity: plays === 0 ? 0.12 : 0.25 + 0.75 * (plays / most) }} />
                        <span className="hidden">{plays}</span>
                      </td>
                    )
                  })}
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </figure>
  )
}
