import { type Account, get } from '../browser'
import { fill } from '../filled'

export interface Visited {
  name: string
  path: string
  as?: Account
}

/** Every page, with real things on it. */
export async function pages(): Promise<Visited[]> {
  type Page = { items: { id: string; tracks_count: number }[] }
  const albums = await get<Page>('/api/v1/albums/?limit=20&sort=plays')
  const artists = await get<Page>('/api/v1/artists/?limit=1&sort=plays')
  const tracks = await get<Page>('/api/v1/tracks/?limit=1&sort=plays')
  const { playlist, person, own } = await fill()
  const album = albums.items.find((one) => one.tracks_count > 3) ?? albums.items[0]
  return [
    { name: 'home', path: '/', as: 'anna' },
    { name: 'home-visitor', path: '/' },
    { name: 'search', path: '/search?q=singularty', as: 'anna' },
    { name: 'search-empty', path: '/search', as: 'anna' },
    { name: 'search-nothing', path: '/search?q=qqqxxyyzz', as: 'anna' },
    { name: 'album', path: `/albums/${album?.id}`, as: 'anna' },
    { name: 'artist', path: `/artists/${artists.items[0]?.id}`, as: 'anna' },
    { name: 'track', path: `/tracks/${tracks.items[0]?.id}`, as: 'anna' },
    { name: 'charts', path: '/charts?period=all', as: 'anna' },
    { name: 'playlists', path: '/library/playlists', as: 'anna' },
    { name: 'liked-tracks', path: '/library/tracks', as: 'anna' },
    { name: 'liked-albums', path: '/library/albums', as: 'anna' },
    { name: 'followed', path: '/library/artists', as: 'anna' },
    { name: 'history', path: '/library/history', as: 'anna' },
    { name: 'playlist', path: `/playlists/${playlist}`, as: 'anna' },
    { name: 'person', path: `/people/${person}`, as: 'artist' },
    { name: 'home-new', path: '/', as: 'listener' },
    { name: 'history-empty', path: '/library/history', as: 'kim' },
    { name: 'stats-empty', path: '/stats', as: 'kim' },
    { name: 'charts-artists', path: '/charts?period=all&kind=artist', as: 'anna' },
    { name: 'stats', path: '/stats', as: 'anna' },
    { name: 'year', path: `/stats/year/${new Date().getFullYear()}`, as: 'anna' },
    { name: 'stats-own-days', path: '/stats?from=2026-01-01&to=2026-11-20', as: 'anna' },
    { name: 'studio', path: '/studio', as: 'kim' },
    { name: 'studio-no-profile', path: '/studio', as: 'artist' },
    { name: 'upload', path: '/studio/upload', as: 'artist' },
    { name: 'edit-artist', path: '/studio/artist', as: 'kim' },
    { name: 'edit-artist-no-profile', path: '/studio/artist', as: 'artist' },
    { name: 'edit-album', path: `/studio/albums/${album?.id}`, as: 'artist' },
    { name: 'edit-track', path: `/studio/tracks/${tracks.items[0]?.id}`, as: 'artist' },
    { name: 'edit-track-heard', path: `/studio/tracks/${own}`, as: 'kim' },
    { name: 'operator', path: '/operator', as: 'admin' },
    { name: 'operator-dead-letters', path: '/operator/dead-letters', as: 'admin' },
    { name: 'operator-reports', path: '/operator/reports', as: 'admin' },
    { name: 'operator-platform', path: '/operator/platform', as: 'admin' },
    { name: 'operator-requests', path: '/operator/requests', as: 'admin' },
    { name: 'operator-storage', path: '/operator/storage', as: 'admin' },
    { name: 'operator-users', path: '/operator/users', as: 'admin' },
    { name: 'settings', path: '/settings/profile', as: 'anna' },
    { name: 'settings-account', path: '/settings/account', as: 'anna' },
    { name: 'settings-security', path: '/settings/security', as: 'anna' },
    { name: 'settings-data', path: '/settings/data', as: 'anna' },
    { name: 'settings-api', path: '/settings/api', as: 'anna' },
    { name: 'settings-look', path: '/settings/look', as: 'anna' },
    { name: 'settings-keys', path: '/settings/keys', as: 'anna' },
    { name: 'sign-in', path: '/sign-in' },
    { name: 'register', path: '/register' },
    { name: 'password-reset', path: '/password-reset#token=of-nobody' },
    { name: 'not-found', path: '/no/such/page' },
  ]
}
