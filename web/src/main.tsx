import '@fontsource-variable/onest/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queries } from './api/cache'
import { startClient } from './api/client'
import { getMeOptions } from './api/gen/@tanstack/react-query.gen'
import { isPresent, isSignedIn, onSession, signedInAs } from './api/session'
import { applyTheme } from './app/look'
import { router } from './app/router'
import { currentLanguage, LanguageProvider } from './i18n/language'
import { load } from './i18n/messages'
import { dropSearches } from './search/kept'
import { dropDrafts } from './ui/drafts'

/** A new version was put in place while this one ran: its chunks are gone, so the page is loaded anew, once. */
addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem('jonquil.reloaded')) return
  sessionStorage.setItem('jonquil.reloaded', 'yes')
  event.preventDefault()
  location.reload()
})

async function start() {
  applyTheme()
  startClient()
  let user = signedInAs()
  onSession(() => {
    const now = signedInAs()
    // A session that ended by itself, or a sign-in of which it is not known yet whose it is: mostly the same person comes back.
    if (now === undefined && isPresent()) return
    // Another person must not see what this one loaded.
    if (user !== undefined && now === undefined) {
      queries.clear()
      dropDrafts()
    } else if (user !== undefined && now !== user) void queries.resetQueries()
    if (user !== undefined && now !== user) dropSearches()
    user = now
  })
  // Who is signed in comes at the same time as the words.
  if (isSignedIn()) void queries.prefetchQuery(getMeOptions())
  const words = load(currentLanguage())
  // So do the page's own script and data.
  void router.load()
  const first = await words
  const root = document.getElementById('root')
  if (!root) throw new Error('the page has no #root')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <LanguageProvider first={first}>
          <RouterProvider router={router} />
        </LanguageProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
  if ('serviceWorker' in navigator && import.meta.env.PROD) {
    const { watchServiceWorker } = await import('./app/service-worker')
    watchServiceWorker()
  }
}

void start()
