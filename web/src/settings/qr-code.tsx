import { useEffect, useState } from 'react'
import type { Drawn } from './qr'
import styles from './settings.module.css'

/** A code to scan, dark on white in both themes. What draws it is loaded with the first one; until then its place is kept. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [drawn, setDrawn] = useState<Drawn>()
  useEffect(() => {
    let wanted = true
    import('./qr').then(
      ({ drawQr }) => wanted && setDrawn(drawQr(text)),
      // Without the network the same text still stands beside the code.
      () => {},
    )
    return () => {
      wanted = false
    }
  }, [text])
  return (
    <div className={styles.qr}>
      {drawn && (
        <svg viewBox={`0 0 ${drawn.size} ${drawn.size}`} role="img" aria-label={label} shapeRendering="crispEdges">
          <path d={drawn.path} />
        </svg>
      )}
    </div>
  )
}
