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
import styles from './search.module.css'

const KEY = 'jonquil.searches'
const MOST = 12

function read(): string[] {
  try {
    const saved = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(saved) ? saved.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

function write(searches: string[]) {
  localStorage.setItem(KEY, JSON.stringify(searches.slice(0, MOST)))
}

/** Words that led somewhere are offered again, in this browser only. */
export function remember(q: string) {
  const words = q.trim()
  if (words) write([words, ...read().filter((one) => one !== words)])
}

/** Before anything is typed: what was searched for, and the catalogue to browse. */
export function Recent() {
  const t = useTranslations('search')
  const [searches, setSearches] = useState(read)
  const albums = useQuery(listAlbumsOptions({ query: { limit: 30, sort: 'plays' } }))
  const change = (next: string[]) => {
    write(next)
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
