import { get } from '../browser'

export interface Visited {
  name: string
  path: string
  as?: 'admin' | 'artist' | 'listener'
}

/** Every page, with real things on it. */
export async function pages(): Promise<Visited[]> {
  type Page = { items: { id: string; tracks_count: number }[] }
  const albums = await get<Page>('/api/v1/albums/?limit=20&sort=plays')
  const artists = await get<Page>('/api/v1/artists/?limit=1&sort=plays')
  const tracks = await get<Page>('/api/v1/tracks/?limit=1&sort=plays')
  const album = albums.items.find((one) => one.tracks_count > 3) ?? albums.items[0]
  return [
    { name: 'home', path: '/', as: 'listener' },
    { name: 'home-visitor', path: '/' },
    { name: 'search', path: '/search?q=singularty', as: 'listener' },
    { name: 'search-empty', path: '/search', as: 'listener' },
    { name: 'search-nothing', path: '/search?q=qqqxxyyzz', as: 'listener' },
    { name: 'album', path: `/albums/${album?.id}`, as: 'listener' },
    { name: 'artist', path: `/artists/${artists.items[0]?.id}`, as: 'listener' },
    { name: 'track', path: `/tracks/${tracks.items[0]?.id}`, as: 'listener' },
    { name: 'charts', path: '/charts?period=all', as: 'listener' },
    { name: 'playlists', path: '/library/playlists', as: 'listener' },
    { name: 'liked-tracks', path: '/library/tracks', as: 'listener' },
    { name: 'liked-albums', path: '/library/albums', as: 'listener' },
    { name: 'followed', path: '/library/artists', as: 'listener' },
    { name: 'history', path: '/library/history', as: 'listener' },
    { name: 'stats', path: '/stats', as: 'listener' },
    { name: 'year', path: `/stats/year/${new Date().getFullYear()}`, as: 'listener' },
    { name: 'studio', path: '/studio', as: 'artist' },
    { name: 'upload', path: '/studio/upload', as: 'artist' },
    { name: 'edit-artist', path: '/studio/artist', as: 'artist' },
    { name: 'edit-album', path: `/studio/albums/${album?.id}`, as: 'artist' },
    { name: 'edit-track', path: `/studio/tracks/${tracks.items[0]?.id}`, as: 'artist' },
    { name: 'operator', path: '/operator', as: 'admin' },
    { name: 'operator-dead-letters', path: '/operator/dead-letters', as: 'admin' },
    { name: 'operator-platform', path: '/operator/platform', as: 'admin' },
    { name: 'operator-requests', path: '/operator/requests', as: 'admin' },
    { name: 'operator-storage', path: '/operator/storage', as: 'admin' },
    { name: 'operator-users', path: '/operator/users', as: 'admin' },
    { name: 'settings', path: '/settings/profile', as: 'listener' },
    { name: 'settings-account', path: '/settings/account', as: 'listener' },
    { name: 'settings-security', path: '/settings/security', as: 'listener' },
    { name: 'settings-data', path: '/settings/data', as: 'listener' },
    { name: 'settings-api', path: '/settings/api', as: 'listener' },
    { name: 'settings-look', path: '/settings/look', as: 'listener' },
    { name: 'settings-keys', path: '/settings/keys', as: 'listener' },
    { name: 'sign-in', path: '/sign-in' },
    { name: 'register', path: '/register' },
    { name: 'password-reset', path: '/password-reset?token=of-nobody' },
    { name: 'not-found', path: '/no/such/page' },
  ]
}
