import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Clock, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { listAlbumsOptions } from '../api/gen/@tanstack/react-query.gen'
import { Button, IconButton } from '../ui/button'
import { CardGrid } from '../ui/card'
import { Page, Section } from '../ui/page'
import { Skeleton } from '../ui/states'
import { AlbumCard } from '../ui/things'
import { keepSearches, searchesKept } from './kept'
import styles from './search.module.css'

/** Before anything is typed: what was searched for, and the catalogue to browse. */
export function Recent() {
  const t = useTranslations('search')
  const [searches, setSearches] = useState(searchesKept)
  const albums = useQuery(listAlbumsOptions({ query: { limit: 30, sort: 'plays' } }))
  const change = (next: string[]) => {
    keepSearches(next)
    setSearches(next)
  }
  return (
    <Page title={t('page')}>
      {searches.length > 0 && (
        <Section
          title={t('recent')}
          action={
            <Button kind="quiet" onPress={() => change([])}>
              {t('forgetAll')}
            </Button>
          }
        >
          <ul className={styles.recent}>
            {searches.map((words) => (
              <li key={words}>
                <Link to="/search" search={{ q: words }}>
                  <Clock aria-hidden="true" />
                  <span className="cut">{words}</span>
                </Link>
                <IconButton
                  size="small"
                  label={t('forget', { words })}
                  onPress={() => change(searches.filter((one) => one !== words))}
                >
                  <X aria-hidden="true" />
                </IconButton>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={t('browse')}>
        {albums.data ? (
          <CardGrid>
            {albums.data.items.map((album) => (
              <AlbumCard key={album.id} album={album} />
            ))}
          </CardGrid>
        ) : (
          <Skeleton kind="cards" />
        )}
      </Section>
    </Page>
  )
}
