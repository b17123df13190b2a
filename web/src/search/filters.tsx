import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { getGenreStatsOptions } from '../api/gen/@tanstack/react-query.gen'
import { decades } from './decades'
import styles from './search.module.css'

const route = getRouteApi('/search')

/** Of one genre, of one decade. Genres are those that are played. */
export function Filters() {
  const t = useTranslations('search')
  const { genre, decade } = route.useSearch()
  const navigate = route.useNavigate()
  const { data } = useQuery({ ...getGenreStatsOptions({ query: { period: 'all' } }), staleTime: 10 * 60_000 })
  const known = data?.map((one) => one.genre) ?? []
  const genres = genre && !known.includes(genre) ? [genre, ...known] : known
  const set = (name: 'genre' | 'decade', value: string) =>
    navigate({
      search: (before) => {
        const { [name]: _, ...rest } = before
        return value === '' ? rest : { ...rest, [name]: name === 'decade' ? Number(value) : value }
      },
      replace: true,
    })
  return (
    <div className={styles.filters}>
      <select aria-label={t('genre')} value={genre ?? ''} onChange={(event) => set('genre', event.target.value)}>
        <option value="">{t('anyGenre')}</option>
        {genres.slice(0, 50).map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <select aria-label={t('decade')} value={decade ?? ''} onChange={(event) => set('decade', event.target.value)}>
        <option value="">{t('anyTime')}</option>
        {decades(new Date().getFullYear()).map((one) => (
          <option key={one} value={one}>
            {t('years', { from: String(one), to: String(one + 9) })}
          </option>
        ))}
      </select>
    </div>
  )
}
