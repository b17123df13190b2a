import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { useMe, useSignedIn } from '../api/me'
import { NotFound } from '../app/not-found'
import { LinkTabs } from '../ui/link-tabs'
import { NeedsAccount } from '../ui/needs-account'
import { Page } from '../ui/page'
import { History } from './history'
import { Playlists } from './playlists'

const route = getRouteApi('/library/$tab')
export const TABS = ['playlists', 'history'] as const

/** One's own music. */
export default function LibraryPage() {
  const t = useTranslations('library')
  const { tab } = route.useParams()
  const signedIn = useSignedIn()
  const me = useMe()
  const known = TABS.find((one) => one === tab)
  if (!known) return <NotFound />
  return (
    <Page title={t(`tabs.${known}`)} heading={t('title')}>
      <LinkTabs label={t('title')}>
        {TABS.map((one) => (
          <Link key={one} to="/library/$tab" params={{ tab: one }} activeProps={{ 'aria-current': 'page' }}>
            {t(`tabs.${one}`)}
          </Link>
        ))}
      </LinkTabs>
      {!signedIn ? (
        <NeedsAccount reason="library" />
      ) : (
        me && (known === 'playlists' ? <Playlists /> : <History userId={me.id} />)
      )}
    </Page>
  )
}
