import styles from './playing.module.css'

/** Three bars that move while a track sounds. */
export function Playing() {
  return (
    <span className={styles.playing} data-playing aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  )
}
