import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl'
import { useProblemWords } from '../i18n/problem-words'
import { IconButton } from '../ui/button'
import styles from './toasts.module.css'

/** Short messages at the edge; one with an action stays for 8 s. */
interface Toast {
  id: number
  text?: string
  /** Said in the language that is chosen when it is shown. */
  problem?: { error: unknown }
  action?: { label: string; run: () => void }
}

let toasts: readonly Toast[] = []
let next = 1
const listeners = new Set<() => void>()

function set(value: readonly Toast[]) {
  toasts = value
  for (const listener of listeners) listener()
}

function show(toast: Omit<Toast, 'id'>) {
  const id = next++
  set([...toasts.slice(-2), { ...toast, id }])
  setTimeout(() => dismiss(id), 8000)
}

const dismiss = (id: number) => set(toasts.filter((toast) => toast.id !== id))

export function say(text: string, action?: Toast['action']) {
  show(action ? { text, action } : { text })
}

export function fail(error: unknown) {
  show({ problem: { error } })
}

export function Toasts() {
  const t = useTranslations()
  const words = useProblemWords()
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <section className={styles.toasts} role="status" aria-live="polite" aria-label={t('state.messages')}>
      {shown.map((toast) => (
        <div key={toast.id} className={styles.toast}>
          <span>{toast.problem ? words.problem(toast.problem.error) : toast.text}</span>
          {toast.action && (
            <button
              type="button"
              onClick={() => {
                toast.action?.run()
                dismiss(toast.id)
              }}
            >
              {toast.action.label}
            </button>
          )}
          <IconButton size="small" label={t('action.close')} onPress={() => dismiss(toast.id)}>
            <X aria-hidden="true" />
          </IconButton>
        </div>
      ))}
    </section>
  )
}
