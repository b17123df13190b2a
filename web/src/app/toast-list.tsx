import { useRouter } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl'
import { needsSecondFactor } from '../api/problem'
import { useProblemWords } from '../i18n/problem-words'
import { IconButton } from '../ui/button'
import { dismiss, onToasts, shownToasts, type Toast } from './toasts'
import styles from './toasts.module.css'

export function Toasts() {
  const t = useTranslations()
  const words = useProblemWords()
  const router = useRouter()
  const shown = useSyncExternalStore(onToasts, shownToasts)
  const actionOf = ({ action, problem }: Toast): Toast['action'] => {
    if (!needsSecondFactor(problem?.error)) return action
    const run = () => void router.navigate({ to: '/settings/$tab', params: { tab: 'security' } })
    return { label: t('problem.toSecurity'), run }
  }
  return (
    <section className={styles.toasts} role="status" aria-live="polite" aria-label={t('state.messages')}>
      {shown.map((toast) => {
        const action = actionOf(toast)
        return (
          <div key={toast.id} className={styles.toast}>
            <span>{toast.problem ? words.problem(toast.problem.error) : toast.text}</span>
            {action && (
              <button
                type="button"
                onClick={() => {
                  action.run()
                  dismiss(toast.id)
                }}
              >
                {action.label}
              </button>
            )}
            <IconButton size="small" label={t('action.close')} onPress={() => dismiss(toast.id)}>
              <X aria-hidden="true" />
            </IconButton>
          </div>
        )
      })}
    </section>
  )
}
