import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { useMe, useSignedIn } from '../api/me'
import { NotFound } from '../app/not-found'
import { LinkTabs } from '../ui/link-tabs'
import { NeedsAccount } from '../ui/needs-account'
import { Page } from '../ui/page'
import { Followed } from './followed'
import { History } from './history'
import { Liked } from './liked'
import { Playlists } from './playlists'

const route = getRouteApi('/library/$tab')

const TABS = {
  playlists: (userId) => <Playlists userId={userId} />,
  tracks: (userId) => <Liked userId={userId} type="track" />,
  albums: (userId) => <Liked userId={userId} type="album" />,
  artists: (userId) => <Followed userId={userId} />,
  history: (userId) => <History userId={userId} />,
} satisfies Record<string, (userId: string) => ReactNode>
type Tab = keyof typeof TABS

/** One's own music. */
export default function LibraryPage() {
  const t = useTranslations('library')
  const { tab } = route.useParams()
  const signedIn = useSignedIn()
  const me = useMe()
  if (!(tab in TABS)) return <NotFound />
  const known = tab as Tab
  return (
    <Page title={t(`tabs.${known}`)} heading={t('title')}>
      <LinkTabs label={t('title')}>
        {(Object.keys(TABS) as Tab[]).map((one) => (
          <Link key={one} to="/library/$tab" params={{ tab: one }} activeProps={{ 'aria-current': 'page' }}>
            {t(`tabs.${one}`)}
          </Link>
        ))}
      </LinkTabs>
      {!signedIn ? <NeedsAccount reason="library" /> : me && TABS[known](me.id)}
    </Page>
  )
}
