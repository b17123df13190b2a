import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { FeedState, ProjectionState } from '../api/gen'
import {
  listDeadLettersOptions,
  listProjectionsOptions,
  listProjectionsQueryKey,
  rebuildProjectionMutation,
} from '../api/gen/@tanstack/react-query.gen'
import { fail } from '../app/toasts'
import { duration, useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import styles from './operator.module.css'

/**
 * The read models; each can be made anew from the events while it goes on answering. And how far the webhooks are: what was sent
 * cannot be made anew.
 */
export function Projections() {
  const t = useTranslations('operator')
  const { data, error, refetch } = useQuery({
    ...listProjectionsOptions(),
    refetchInterval: 1500,
    staleTime: 0,
  })
  return (
    <Section title={t('projections')} note={t('projectionsNote')} action={<Letters />}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="rows" count={3} />
      ) : (
        <ul className={styles.rows}>
          {data.map((projection) => (
            <Row key={projection.name} projection={projection} />
          ))}
        </ul>
      )}
    </Section>
  )
}

/** How many events were refused, and the way to them. */
function Letters() {
  const t = useTranslations('operator.letters')
  const formats = useFormats()
  const { data } = useQuery({ ...listDeadLettersOptions({ query: { limit: 1 } }), refetchInterval: 5000 })
  if (data?.total == null) return null
  return (
    <Link to="/operator/dead-letters" search={{}}>
      {t('count', { count: data.total, shown: formats.number(data.total) })} →
    </Link>
  )
}

/** How many events are to come, and how long the oldest of them waits already. */
function Behind({ reader }: { reader: FeedState }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const count = Math.max(0, reader.of - reader.done)
  const seconds = reader.lag_seconds
  if (count === 0 || seconds == null) return t('behind', { count })
  const time =
    seconds < 60 ? t('seconds', { shown: formats.number(Math.round(seconds * 10) / 10) }) : duration(seconds * 1000)
  return `${t('behind', { count })} · ${t('behindBy', { time })}`
}

function Row({ projection }: { projection: ProjectionState }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const client = useQueryClient()
  const rebuild = useMutation({
    ...rebuildProjectionMutation(),
    onSuccess: () => client.invalidateQueries({ queryKey: listProjectionsQueryKey() }),
    onError: fail,
  })
  const building = projection.generations.findLast((generation) => generation.stage === 'building')
  const reader = projection.feed ?? projection.generations.findLast((generation) => generation.stage === 'serving')
  const { name } = projection
  return (
    <li>
      <span className={projection.error ? styles.down : styles.ok} aria-hidden="true" />
      <strong>{t(`projection.${name}`)}</strong>
      <span className={styles.grow}>
        {projection.error ? (
          <>
            {t('unknown')} · <span lang="en">{projection.error}</span>
          </>
        ) : building ? (
          t('building', { share: formats.percent(building.of ? building.done / building.of : 0) }) +
          (building.seconds_left == null ? '' : ` · ${t('left', { time: duration(building.seconds_left * 1000) })}`)
        ) : reader ? (
          <Behind reader={reader} />
        ) : (
          t(name === 'webhooks' ? 'noWebhooks' : 'unknown')
        )}
        {building && (
          <span className={styles.rail}>
            <i style={{ inlineSize: `${building.of ? (building.done / building.of) * 100 : 0}%` }} />
          </span>
        )}
      </span>
      {name !== 'webhooks' && (
        <Button
          writes
          kind="quiet"
          isPending={rebuild.isPending}
          isDisabled={building !== undefined}
          onPress={() => rebuild.mutate({ path: { name } })}
        >
          {t('rebuild')}
        </Button>
      )}
    </li>
  )
}
