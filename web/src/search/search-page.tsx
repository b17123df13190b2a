import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import { useTranslations } from 'use-intl'
import { searchAllOptions } from '../api/gen/@tanstack/react-query.gen'
import { Chips } from '../ui/chips'
import { Page } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { useSettled } from '../ui/use-settled'
import { Filters } from './filters'
import { Recent } from './recent'
import { Results } from './results'
import styles from './search.module.css'
import { Suggestions } from './suggestions'

const route = getRouteApi('/search')

/** Everything that matches, while it is typed. */
export default function SearchPage() {
  const t = useTranslations('search')
  const { q = '', type, genre, decade } = route.useSearch()
  const settled = useSettled(q, 150)
  const query = useDeferredValue(settled)
  const { data, error, refetch, isFetching } = useQuery({
    ...searchAllOptions({
      query: {
        q: query,
        limit: type ? 50 : 12,
        ...(type && { types: type }),
        ...(genre && { genre }),
        ...(decade && { year_from: decade, year_to: decade + 9 }),
      },
    }),
    enabled: query !== '',
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  if (q === '') return <Recent />
  return (
    <Page title={t('title', { q })} heading={t('heading', { q })} hideHeading>
      <div className={styles.bar}>
        <Kinds />
        <Filters />
      </div>
      {!type && !genre && !decade && query !== '' && <Suggestions q={query} />}
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="rows" />
      ) : (
        <div className={isFetching && query !== data.query ? styles.stale : ''}>
          <Results data={data} type={type} q={q} />
        </div>
      )}
    </Page>
  )
}

function Kinds() {
  const t = useTranslations('search')
  const { type } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Chips
      label={t('kinds')}
      value={type ?? 'all'}
      onChange={(value) =>
        navigate({
          search: (before) => {
            const { type: _, ...rest } = before
            return value === 'all' ? rest : { ...rest, type: value as 'track' }
          },
          replace: true,
        })
      }
      options={(['all', 'track', 'artist', 'album', 'playlist'] as const).map((value) => ({
        value,
        label: t(`kind.${value}`),
      }))}
    />
  )
}
