import { getRouteApi, Link } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { useTranslations } from 'use-intl'
import { useMe, useSignedIn } from '../api/me'
import { NotFound } from '../app/not-found'
import { LinkTabs } from '../ui/link-tabs'
import { NeedsAccount } from '../ui/needs-account'
import { Page } from '../ui/page'
import { Account } from './account'
import { ApiKeys } from './api-keys'
import { Data } from './data'
import { Keys, LookTab } from './look-tab'
import { Profile } from './profile'
import { Security } from './security'

const route = getRouteApi('/settings/$tab')

const TABS = {
  profile: { part: Profile, open: false },
  account: { part: Account, open: false },
  security: { part: Security, open: false },
  data: { part: Data, open: false },
  api: { part: ApiKeys, open: false },
  look: { part: LookTab, open: true },
  keys: { part: Keys, open: true },
} satisfies Record<string, { part: ComponentType; open: boolean }>
type Tab = keyof typeof TABS

export default function SettingsPage() {
  const t = useTranslations('settings')
  const { tab } = route.useParams()
  const signedIn = useSignedIn()
  const me = useMe()
  if (!(tab in TABS)) return <NotFound />
  const { part: Part, open } = TABS[tab as Tab]
  return (
    <Page title={t(`tabs.${tab as Tab}`)} heading={t('title')}>
      <LinkTabs label={t('title')}>
        {(Object.keys(TABS) as Tab[]).map((one) => (
          <Link key={one} to="/settings/$tab" params={{ tab: one }} activeProps={{ 'aria-current': 'page' }}>
            {t(`tabs.${one}`)}
          </Link>
        ))}
      </LinkTabs>
      {!open && !signedIn ? <NeedsAccount reason="library" /> : (open || me) && <Part />}
    </Page>
  )
}
