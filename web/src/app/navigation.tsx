import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Activity, ChartNoAxesColumn, CircleUser, House, LibraryBig, Search, TrendingUp, Upload } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { isAdmin, isArtist, useMe } from '../api/me'
import { FlowerMark } from '../ui/flower-mark'
import { ownPlaylists } from '../ui/playlists'
import styles from './navigation.module.css'

interface Place {
  key: 'home' | 'search' | 'library' | 'charts' | 'stats' | 'studio' | 'operator'
  to: string
  icon: ReactNode
  exact?: boolean
}

const EVERYONE: Place[] = [
  { key: 'home', to: '/', icon: <House />, exact: true },
  { key: 'search', to: '/search', icon: <Search /> },
  { key: 'charts', to: '/charts', icon: <TrendingUp /> },
  { key: 'library', to: '/library', icon: <LibraryBig /> },
  { key: 'stats', to: '/stats', icon: <ChartNoAxesColumn /> },
]
const ARTIST: Place = { key: 'studio', to: '/studio', icon: <Upload /> }
const ADMIN: Place = { key: 'operator', to: '/operator', icon: <Activity /> }

/** The sidebar; a rail of icons on narrower windows. */
export function Navigation() {
  const t = useTranslations('nav')
  const me = useMe()
  const places = [...EVERYONE, ...(isArtist(me) ? [ARTIST] : []), ...(isAdmin(me) ? [ADMIN] : [])]
  return (
    <nav className={styles.side} aria-label={t('label')}>
      <Link to="/" className={styles.mark}>
        <FlowerMark />
        <span>Jonquil</span>
      </Link>
      <ul>
        {places.map((place) => (
          <li key={place.key}>
            <Link
              to={place.to}
              className={styles.place}
              activeProps={{ className: styles.active ?? '' }}
              activeOptions={{ exact: place.exact ?? false, includeSearch: false }}
              title={t(place.key)}
            >
              {place.icon}
              <span>{t(place.key)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {me && <OwnPlaylists />}
    </nav>
  )
}

function OwnPlaylists() {
  const t = useTranslations('library')
  const { data } = useQuery(ownPlaylists())
  if (!data || data.items.length === 0) return null
  return (
    <div className={styles.own}>
      <h2>{t('tabs.playlists')}</h2>
      <ul>
        {data.items.slice(0, 12).map((playlist) => (
          <li key={playlist.id}>
            <Link to="/playlists/$id" params={{ id: playlist.id }} className="cut">
              {playlist.title}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Four tabs at the foot of a phone. */
export function Tabs() {
  const t = useTranslations('nav')
  const me = useMe()
  const tabs: { key: 'home' | 'search' | 'library' | 'you'; to: string; icon: ReactNode }[] = [
    { key: 'home', to: '/', icon: <House /> },
    { key: 'search', to: '/search', icon: <Search /> },
    { key: 'library', to: '/library', icon: <LibraryBig /> },
    { key: 'you', to: me ? '/settings' : '/sign-in', icon: <CircleUser /> },
  ]
  return (
    <nav className={styles.tabs} aria-label={t('tabs')}>
      {tabs.map((tab) => (
        <Link
          key={tab.key}
          to={tab.to}
          activeProps={{ className: styles.activeTab ?? '' }}
          activeOptions={{ exact: tab.to === '/', includeSearch: false }}
        >
          {tab.icon}
          <span>{t(tab.key)}</span>
        </Link>
      ))}
    </nav>
  )
}
