import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Report, ReportedType } from '../api/gen'
import { getUserOptions } from '../api/gen/@tanstack/react-query.gen'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { AnswerDialog } from './answer-dialog'
import styles from './reports.module.css'

export const PAGES = {
  album: '/albums/$id',
  track: '/tracks/$id',
  artist: '/artists/$id',
  playlist: '/playlists/$id',
} as const satisfies Record<ReportedType, string>

/** What was reported, why and by whom; and what became of it, or the way to answer. */
export function ReportRow({ report }: { report: Report }) {
  const t = useTranslations('operator.reports')
  const formats = useFormats()
  const [answers, setAnswers] = useState(false)
  const { resolution } = report
  const title = report.title ?? t('gone')
  return (
    <li>
      <div>
        <p className={styles.work}>
          {report.title == null ? (
            <strong>{title}</strong>
          ) : (
            <Link to={PAGES[report.type]} params={{ id: report.work_id }} className="underlined">
              {title}
            </Link>
          )}
          <small>{[t(`kind.${report.type}`), report.is_taken_down && t('isDown')].filter(Boolean).join(' · ')}</small>
        </p>
        <p className={styles.reason}>{report.reason}</p>
        <p className={styles.quiet}>
          {report.reported_by ? <Reporter id={report.reported_by} /> : t('byNobody')}
          {' · '}
          {formats.moment(report.created_at)}
        </p>
        {resolution && (
          <p className={styles.resolution}>
            {t(`resolved.${resolution.action}`, { reason: resolution.reason })}
            <small>{formats.moment(resolution.resolved_at)}</small>
          </p>
        )}
      </div>
      {!resolution && (
        <Button writes aria-label={t('answerOf', { title })} onPress={() => setAnswers(true)}>
          {t('answer')}
        </Button>
      )}
      {answers && <AnswerDialog report={report} title={title} close={() => setAnswers(false)} />}
    </li>
  )
}

function Reporter({ id }: { id: string }) {
  const t = useTranslations('operator.reports')
  const { data } = useQuery({ ...getUserOptions({ path: { user_id: id } }), staleTime: 5 * 60_000 })
  return (
    <Link to="/people/$id" params={{ id }} className="underlined">
      {t('by', { name: data?.display_name ?? '…' })}
    </Link>
  )
}
