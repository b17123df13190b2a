import { useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl'

/** The id of the words that say why a control is disabled without a connection; they stand in the shell. */
export const REASON_ID = 'needs-connection'

export const isOnline = () => globalThis.navigator?.onLine !== false

function subscribe(listener: () => void) {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** Whether the browser has a connection. That the service answers is another question. */
export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, isOnline)
}

/** Why what writes is disabled for now; `undefined` with a connection. */
export function useOfflineReason(): string | undefined {
  const t = useTranslations('state')
  return useOnline() ? undefined : t('needsConnection')
}

/** For a checkbox or a list of choices that writes at once. */
export function useNeedsConnection() {
  const reason = useOfflineReason()
  return reason ? { disabled: true, title: reason, 'aria-describedby': REASON_ID } : {}
}
