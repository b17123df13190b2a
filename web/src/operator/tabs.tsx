import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { isAdmin, useMe, useSignedIn } from '../api/me'
import { LinkTabs } from '../ui/link-tabs'
import { NeedsAccount, NeedsRole } from '../ui/needs-account'
import { Page } from '../ui/page'

const TABS = [
  { key: 'overview', to: '/operator' },
  { key: 'deadLetters', to: '/operator/dead-letters' },
  { key: 'reports', to: '/operator/reports' },
  { key: 'platform', to: '/operator/platform' },
  { key: 'requests', to: '/operator/requests' },
  { key: 'storage', to: '/operator/storage' },
  { key: 'users', to: '/operator/users' },
] as const

/** The frame of an operator's page: for admins; others are told so. */
export function OperatorTabs({ tab, children }: { tab: (typeof TABS)[number]['key']; children: ReactNode }) {
  const t = useTranslations('operator')
  const signedIn = useSignedIn()
  const me = useMe()
  return (
    <Page title={tab === 'overview' ? t('title') : t(`tabs.${tab}`)} heading={t('title')}>
      {!signedIn ? (
        <NeedsAccount reason="library" />
      ) : (
        me &&
        (isAdmin(me) ? (
          <>
            <LinkTabs label={t('title')}>
              {TABS.map(({ key, to }) => (
                <Link
                  key={key}
                  to={to}
                  activeOptions={{ exact: key === 'overview', includeSearch: false }}
                  activeProps={{ 'aria-current': 'page' }}
                >
                  {t(`tabs.${key}`)}
                </Link>
              ))}
            </LinkTabs>
            {children}
          </>
        ) : (
          <NeedsRole wanted="admin" />
        ))
      )}
    </Page>
  )
}
