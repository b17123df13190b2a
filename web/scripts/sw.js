// The shell of the page, so that it opens without a network. Never anything of /api: that is the page's own cache.
// `after-build.mjs` puts the list of files in place of the two names.
const VERSION = '__VERSION__'
const FILES = __FILES__
const CACHE = `jonquil-${VERSION}`

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)))
})

self.addEventListener('activate', (event) => {
  const old = (names) => names.filter((name) => name.startsWith('jonquil-') && name !== CACHE)
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))))
})

self.addEventListener('message', (event) => {
  if (event.data?.type === 'take-over') self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith('/app')) return
  if (event.request.mode === 'navigate') {
    // The newest shell, or the kept one without a network.
    event.respondWith(fetch(event.request).catch(() => caches.match('/app/index.html', { cacheName: CACHE })))
  } else {
    event.respondWith(caches.match(event.request, { cacheName: CACHE }).then((kept) => kept ?? fetch(event.request)))
  }
})
