import { useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from './button'
import styles from './states.module.css'

/** The rest of a long list: it comes when its end is near, or by the button. */
export function LoadMore(props: { hasMore: boolean; isLoading: boolean; load: () => unknown }) {
  const t = useTranslations('state')
  const ref = useRef<HTMLDivElement>(null)
  const { hasMore, isLoading, load } = props
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    if (!hasMore || isLoading || !ref.current) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '600px',
    })
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [hasMore, isLoading])
  if (!hasMore) return null
  return (
    <div ref={ref} className={styles.more}>
      <Button isPending={isLoading} onPress={() => void load()}>
        {t('more')}
      </Button>
    </div>
  )
}
