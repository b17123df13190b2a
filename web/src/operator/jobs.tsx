import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import type { Job } from '../api/gen'
import { listJobsOptions } from '../api/gen/@tanstack/react-query.gen'
import { duration, useFormats } from '../i18n/formats'
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
                <Progress job={job} />
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

/** The total is that of the job's start: work that came in since may carry it past that, and then nobody knows how much is left. */
function Progress({ job }: { job: Job }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  if (job.finished_at != null || job.of == null) return null
  const done = formats.number(job.done)
  if (job.done > job.of) return ` · ${t('jobDone', { done })}`
  const left = job.seconds_left == null ? '' : ` · ${t('left', { time: duration(job.seconds_left * 1000) })}`
  return ` · ${t('jobDoneOf', { done, of: formats.number(job.of) })}${left}`
}
