import { Outlet, useRouter } from '@tanstack/react-router'
import { WifiOff } from 'lucide-react'
import { lazy, Suspense, useEffect } from 'react'
import { RouterProvider } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { hasEnded, onSession } from '../api/session'
import { askAgain, useSignInRequest } from '../api/sign-in-request'
import { PlayerBar } from '../player/bar'
import { startListenQueue } from '../player/listen-queue'
import { useQueueOpen } from '../player/queue-open'
import { startSharedQueue } from '../player/shared-queue'
import { useKeys } from './keys'
import { Navigation, Tabs } from './navigation'
import { REASON_ID, useOnline } from './online'
import styles from './shell.module.css'
import { Toasts } from './toast-list'
import { say } from './toasts'
import { TopBar } from './top-bar'
import { useWide } from './use-wide'

const QueuePanel = lazy(() => import('../player/queue-panel'))
const QueueSheet = lazy(() => import('../player/queue-sheet'))
const SignInDialog = lazy(() => import('../sign-in/sign-in-dialog'))
const KeysDialog = lazy(() => import('./keys-dialog'))

/** What stands round every page. */
export function Shell() {
  const t = useTranslations()
  const router = useRouter()
  const queueOpen = useQueueOpen()
  const docks = useWide(1280)
  const request = useSignInRequest()
  const keys = useKeys()
  useEffect(() => startListenQueue((count) => say(t('player.listensRejected', { count }))), [t])
  useEffect(
    () =>
      startSharedQueue((title, take) =>
        say(t('player.elsewhere', { title }), { label: t('player.takeOver'), run: take }),
      ),
    [t],
  )
  useEffect(() => onSession(() => hasEnded() && askAgain()), [])
  return (
    <RouterProvider navigate={(to) => router.navigate({ to })}>
      <a href="#main" className={styles.skip}>
        {t('nav.skip')}
      </a>
      <div className={`${styles.shell} ${queueOpen && docks ? styles.docked : ''}`}>
        <Navigation />
        <div className={styles.stage}>
          <TopBar />
          <Offline />
          <main id="main" className={styles.main} tabIndex={-1}>
            <Suspense>
              <Outlet />
            </Suspense>
          </main>
        </div>
        {queueOpen && docks && (
          <aside className={styles.dock} aria-label={t('queue.title')}>
            <Suspense>
              <QueuePanel closes />
            </Suspense>
          </aside>
        )}
      </div>
      <PlayerBar />
      <Tabs />
      <Suspense>
        {queueOpen && !docks && <QueueSheet />}
        {request && <SignInDialog reason={request.reason} />}
        {keys.open && <KeysDialog close={keys.close} />}
      </Suspense>
      <Toasts />
    </RouterProvider>
  )
}

function Offline() {
  const t = useTranslations('state')
  if (useOnline()) return null
  return (
    <>
      <p className={styles.offline} role="status">
        <WifiOff aria-hidden="true" />
        {t('offline')}
      </p>
      <span id={REASON_ID} hidden>
        {t('needsConnection')}
      </span>
    </>
  )
}
