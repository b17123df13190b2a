import { Link } from '@tanstack/react-router'
import { CloudOff, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { ApiProblem, kindOf, needsSecondFactor } from '../api/problem'
import { useOnline } from '../app/online'
import { useProblemWords } from '../i18n/problem-words'
import { Button } from './button'
import styles from './states.module.css'

/** A part that failed, in human words, with a way on. The rest of the page works. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTranslations('problem')
  const words = useProblemWords()
  const kind = kindOf(error)
  const requestId = error instanceof ApiProblem ? error.requestId : undefined
  return (
    <div className={styles.problem} role="alert">
      <CloudOff aria-hidden="true" />
      <p>{words.problem(error)}</p>
      {retry && (
        <Button icon={<RotateCw aria-hidden="true" />} onPress={retry}>
          {t('retry')}
        </Button>
      )}
      {needsSecondFactor(error) && (
        <Link to="/settings/$tab" params={{ tab: 'security' }} className="link">
          {t('toSecurity')}
        </Link>
      )}
      {kind === 'unknown' && error instanceof Error && (
        <details>
          <summary>{t('details')}</summary>
          <p>{error.message}</p>
          {requestId && <p>{t('request', { id: requestId })}</p>}
        </details>
      )}
    </div>
  )
}

/** Nothing here yet: one sentence and what helps. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <svg viewBox="-50 -50 100 100" width="72" height="72" aria-hidden="true">
        {[0, 60, 120, 180, 240, 300].map((angle) => (
          <path
            key={angle}
            d="M0 0C-18 -12 -20 -36 0 -46C20 -36 18 -12 0 0Z"
            transform={`rotate(${angle})`}
            fill="none"
            stroke="currentColor"
            strokeWidth="2.5"
          />
        ))}
        <circle r="10" fill="var(--canvas)" stroke="currentColor" strokeWidth="2.5" />
      </svg>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

/**
 * Room for what loads, of its final size. It shows itself after 200 ms, so that a fast answer does not flash. Without a
 * connection nothing loads, which it says.
 */
export function Skeleton({ kind, count = 6 }: { kind: 'cards' | 'rows' | 'header' | 'block'; count?: number }) {
  const t = useTranslations('state')
  if (!useOnline()) {
    return (
      <p className={styles.waiting} role="status">
        {t('waiting')}
      </p>
    )
  }
  return (
    <div className={`${styles.skeleton} ${styles[kind]}`} role="status" aria-label={t('loading')}>
      {Array.from({ length: kind === 'header' || kind === 'block' ? 1 : count }, (_, at) => at).map((at) => (
        <span key={at}>
          <i />
          <i />
          <i />
        </span>
      ))}
    </div>
  )
}
