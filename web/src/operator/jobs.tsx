import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { listJobsOptions } from '../api/gen/@tanstack/react-query.gen'
import { useFormats } from '../i18n/formats'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import styles from './operator.module.css'

export function Jobs() {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { data, error, refetch } = useQuery({ ...listJobsOptions({ query: { limit: 10 } }), refetchInterval: 3000 })
  return (
    <Section title={t('jobs')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="rows" />
      ) : data.items.length === 0 ? (
        <p className={styles.quiet}>{t('noJobs')}</p>
      ) : (
        <ul className={styles.rows}>
          {data.items.map((job) => (
            <li key={job.id}>
              <span
                className={job.status === 'failed' ? styles.down : job.status === 'done' ? styles.ok : styles.busy}
                aria-hidden="true"
              />
              <strong>
                {t.has(`jobKind.${job.kind as 'sweep'}`) ? t(`jobKind.${job.kind as 'sweep'}`) : job.kind}
              </strong>
              <span className={styles.grow}>
                {t(`job.${job.status}`)}
                {job.of != null &&
                  job.finished_at == null &&
                  ` · ${formats.number(job.done)} / ${formats.number(Math.max(job.of, job.done))}`}
              </span>
              <span className={styles.quiet}>{formats.moment(job.created_at)}</span>
              {job.error && (
                <details className={styles.why}>
                  <summary>{t('details')}</summary>
                  <p lang="en">{job.error}</p>
                </details>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
