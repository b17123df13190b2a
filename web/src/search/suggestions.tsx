import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { SuggestedItem } from '../api/gen'
import { suggestOptions } from '../api/gen/@tanstack/react-query.gen'
import { Cover } from '../ui/cover'
import { remember } from './kept'
import styles from './search.module.css'

const PLACES = {
  artist: '/artists/$id',
  album: '/albums/$id',
  track: '/tracks/$id',
  playlist: '/playlists/$id',
} as const
type Kind = keyof typeof PLACES

const isKnown = (item: SuggestedItem): item is SuggestedItem & { type: Kind } => item.type in PLACES

/** Names that begin like the words, while they are typed: one press leads there. */
export function Suggestions({ q }: { q: string }) {
  const t = useTranslations('search')
  const { data } = useQuery({
    ...suggestOptions({ query: { q, limit: 6 } }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  const items = data?.items.filter(isKnown) ?? []
  if (items.length === 0) return null
  return (
    <nav aria-label={t('suggestions')}>
      <ul className={styles.suggestions}>
        {items.map((item) => (
          <li key={`${item.type} ${item.id}`}>
            <Link to={PLACES[item.type]} params={{ id: item.id }} onClick={() => remember(item.title)}>
              <span className={styles.suggestedCover}>
                <Cover id={item.album_id ?? item.id} url={item.cover_url} size={64} round={item.type === 'artist'} />
              </span>
              <span className={styles.suggestedNames}>
                <span className="cut">{item.title}</span>
                <small className="cut">{[t(`one.${item.type}`), item.artist].filter(Boolean).join(' · ')}</small>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
