import { useState } from 'react'
import styles from './cover.module.css'
import { PlaceholderCover } from './placeholder-cover'

interface Props {
  id: string
  url?: string | null | undefined
  round?: boolean
  /** Above the fold, so that it is not loaded late. */
  eager?: boolean
  /** Pixels asked of the server. */
  size?: 64 | 300 | 1000
}

const sized = (url: string, size: number) => (url.includes('?') ? url : `${url}?size=${size}`)

/** A square whose size is set by its place. It carries no information that the text beside it does not. */
export function Cover({ id, url, round, eager, size = 300 }: Props) {
  const [failed, setFailed] = useState(false)
  const shape = round ? `${styles.cover} ${styles.round}` : styles.cover
  return (
    <span className={shape}>
      {url && !failed ? (
        <img
          src={sized(url, size)}
          {...(size === 64 && { srcSet: `${sized(url, 64)} 1x, ${sized(url, 300)} 2x` })}
          alt=""
          width={size}
          height={size}
          loading={eager ? 'eager' : 'lazy'}
          decoding="async"
          onError={() => setFailed(true)}
        />
      ) : (
        <PlaceholderCover id={id} />
      )}
    </span>
  )
}

/** The four covers of a playlist. */
export function CoverOfFour({ id, urls }: { id: string; urls: readonly (string | null)[] }) {
  const shown = urls.filter((url): url is string => url !== null).slice(0, 4)
  if (shown.length < 4) return <Cover id={id} url={shown[0]} />
  return (
    <span className={`${styles.cover} ${styles.four}`}>
      {shown.map((url) => (
        <img key={url} src={sized(url, 300)} alt="" loading="lazy" decoding="async" width={150} height={150} />
      ))}
    </span>
  )
}
