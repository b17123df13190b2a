import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { prefetchHome } from '../home/queries'
import { PROJECTORS, REASONS, TOPICS } from '../operator/dead-letters'
import { decadeOf } from '../search/decades'
import { dayOf } from '../stats/range'
import { PERIODS } from '../ui/period'
import { NotFound } from './not-found'
import { PageError } from './page-error'
import { Shell } from './shell'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
const oneOf = <const T extends string>(value: unknown, known: readonly T[]): T | undefined =>
  known.find((one) => one === value)

/** Only what is said in the address is kept, so that addresses stay short. */
function only<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

export const KINDS = ['track', 'artist', 'album', 'playlist'] as const

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  loader: prefetchHome,
  component: lazyRouteComponent(() => import('../home/home-page')),
})
const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: (raw: Record<string, unknown>) =>
    only({
      q: text(raw.q?.toString()),
      type: oneOf(raw.type, KINDS),
      genre: text(raw.genre),
      decade: decadeOf(raw.decade),
    }),
  component: lazyRouteComponent(() => import('../search/search-page')),
})
const album = createRoute({
  getParentRoute: () => root,
  path: '/albums/$id',
  component: lazyRouteComponent(() => import('../album/album-page')),
})
const artist = createRoute({
  getParentRoute: () => root,
  path: '/artists/$id',
  component: lazyRouteComponent(() => import('../artist/artist-page')),
})
const track = createRoute({
  getParentRoute: () => root,
  path: '/tracks/$id',
  component: lazyRouteComponent(() => import('../track/track-page')),
})
const playlist = createRoute({
  getParentRoute: () => root,
  path: '/playlists/$id',
  component: lazyRouteComponent(() => import('../playlist/playlist-page')),
})
const person = createRoute({
  getParentRoute: () => root,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('../people/person-page')),
})
const library = createRoute({
  getParentRoute: () => root,
  path: '/library/$tab',
  component: lazyRouteComponent(() => import('../library/library-page')),
})
const libraryRoot = createRoute({
  getParentRoute: () => root,
  path: '/library',
  beforeLoad: () => {
    throw redirect({ to: '/library/$tab', params: { tab: 'playlists' }, replace: true })
  },
})
const charts = createRoute({
  getParentRoute: () => root,
  path: '/charts',
  validateSearch: (raw: Record<string, unknown>) =>
    only({ kind: oneOf(raw.kind, ['track', 'artist', 'album']), period: oneOf(raw.period, PERIODS) }),
  component: lazyRouteComponent(() => import('../charts/charts-page')),
})
const stats = createRoute({
  getParentRoute: () => root,
  path: '/stats',
  validateSearch: (raw: Record<string, unknown>) =>
    only({ period: oneOf(raw.period, PERIODS), from: dayOf(raw.from), to: dayOf(raw.to) }),
  component: lazyRouteComponent(() => import('../stats/stats-page')),
})
const studio = createRoute({
  getParentRoute: () => root,
  path: '/studio',
  validateSearch: (raw: Record<string, unknown>) => only({ period: oneOf(raw.period, PERIODS) }),
  component: lazyRouteComponent(() => import('../studio/studio-page')),
})
const upload = createRoute({
  getParentRoute: () => root,
  path: '/studio/upload',
  component: lazyRouteComponent(() => import('../studio/upload-page')),
})
const operator = createRoute({
  getParentRoute: () => root,
  path: '/operator',
  component: lazyRouteComponent(() => import('../operator/operator-page')),
})
const operatorDeadLetters = createRoute({
  getParentRoute: () => root,
  path: '/operator/dead-letters',
  validateSearch: (raw: Record<string, unknown>) =>
    only({
      projector: oneOf(raw.projector, PROJECTORS),
      reason: oneOf(raw.reason, REASONS),
      topic: oneOf(raw.topic, TOPICS),
    }),
  component: lazyRouteComponent(() => import('../operator/dead-letters-page')),
})
const operatorDeadLetter = createRoute({
  getParentRoute: () => root,
  path: '/operator/dead-letters/$id',
  component: lazyRouteComponent(() => import('../operator/dead-letter-page')),
})
const operatorReports = createRoute({
  getParentRoute: () => root,
  path: '/operator/reports',
  validateSearch: (raw: Record<string, unknown>) => only({ status: oneOf(raw.status, ['resolved', 'takedowns']) }),
  component: lazyRouteComponent(() => import('../operator/reports-page')),
})
const operatorPlatform = createRoute({
  getParentRoute: () => root,
  path: '/operator/platform',
  component: lazyRouteComponent(() => import('../operator/platform-page')),
})
const operatorRequests = createRoute({
  getParentRoute: () => root,
  path: '/operator/requests',
  component: lazyRouteComponent(() => import('../operator/requests-page')),
})
const operatorStorage = createRoute({
  getParentRoute: () => root,
  path: '/operator/storage',
  component: lazyRouteComponent(() => import('../operator/storage-page')),
})
const operatorUsers = createRoute({
  getParentRoute: () => root,
  path: '/operator/users',
  component: lazyRouteComponent(() => import('../operator/users-page')),
})
const year = createRoute({
  getParentRoute: () => root,
  path: '/stats/year/$year',
  component: lazyRouteComponent(() => import('../stats/year-page')),
})
const studioArtist = createRoute({
  getParentRoute: () => root,
  path: '/studio/artist',
  component: lazyRouteComponent(() => import('../studio/edit-artist-page')),
})
const studioAlbum = createRoute({
  getParentRoute: () => root,
  path: '/studio/albums/$id',
  component: lazyRouteComponent(() => import('../studio/edit-album-page')),
})
const studioTrack = createRoute({
  getParentRoute: () => root,
  path: '/studio/tracks/$id',
  component: lazyRouteComponent(() => import('../studio/edit-track-page')),
})
const passwordReset = createRoute({
  getParentRoute: () => root,
  path: '/password-reset',
  component: lazyRouteComponent(() => import('../sign-in/link-pages'), 'PasswordResetPage'),
})
const emailConfirmation = createRoute({
  getParentRoute: () => root,
  path: '/email-confirmation',
  component: lazyRouteComponent(() => import('../sign-in/link-pages'), 'EmailConfirmationPage'),
})
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings/$tab',
  component: lazyRouteComponent(() => import('../settings/settings-page')),
})
const settingsRoot = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$tab', params: { tab: 'profile' }, replace: true })
  },
})
const now = createRoute({
  getParentRoute: () => root,
  path: '/now',
  component: lazyRouteComponent(() => import('../player/now-page')),
})
const queue = createRoute({
  getParentRoute: () => root,
  path: '/queue',
  component: lazyRouteComponent(() => import('../player/queue-page')),
})
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../sign-in/sign-in-page'), 'SignInPage'),
})
const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  component: lazyRouteComponent(() => import('../sign-in/sign-in-page'), 'RegisterPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    search,
    album,
    artist,
    track,
    playlist,
    person,
    library,
    libraryRoot,
    charts,
    stats,
    studio,
    upload,
    operator,
    operatorDeadLetters,
    operatorDeadLetter,
    operatorReports,
    operatorPlatform,
    operatorRequests,
    operatorStorage,
    operatorUsers,
    year,
    studioArtist,
    studioAlbum,
    studioTrack,
    passwordReset,
    emailConfirmation,
    settings,
    settingsRoot,
    now,
    queue,
    signIn,
    register,
  ]),
  basepath: '/app',
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageError,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
