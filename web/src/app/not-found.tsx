import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { Page } from '../ui/page'
import { Empty } from '../ui/states'

export function NotFound() {
  const t = useTranslations('notFound')
  return (
    <Page title={t('title')} hideHeading>
      <Empty
        title={t('title')}
        action={
          <Link to="/search" className="link">
            {t('search')}
          </Link>
        }
      >
        {t('text')}
      </Empty>
    </Page>
  )
}

/** A thing that was deleted, or never was. */
export function Gone({ what }: { what: 'album' | 'artist' | 'track' | 'playlist' | 'person' }) {
  const t = useTranslations('notFound')
  return (
    <Page title={t(what)} hideHeading>
      <Empty
        title={t(what)}
        action={
          <Link to="/search" className="link">
            {t('search')}
          </Link>
        }
      />
    </Page>
  )
}
