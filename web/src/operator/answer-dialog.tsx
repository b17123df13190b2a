import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { type Report, type ReportAnswer, resolveReport } from '../api/gen'
import { say } from '../app/toasts'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { Area, Choice } from '../ui/form'
import styles from '../ui/form.module.css'
import { useSubmit } from '../ui/use-submit'

const MAX_REASON = 2000
const ACTIONS = ['dismiss', 'takedown'] as const

/** An admin answers a report: the work stays, or an album or a track is taken down; always with a reason. */
export function AnswerDialog({ report, title, close }: { report: Report; title: string; close: () => void }) {
  const t = useTranslations('operator.reports')
  const client = useQueryClient()
  const canTakeDown = report.type === 'album' || report.type === 'track'
  const { busy, wrong, submit } = useSubmit(async (text) => {
    const action = (text('action') || 'dismiss') as ReportAnswer['action']
    const body = { action, reason: text('reason') }
    await resolveReport({ path: { report_id: report.id }, body, throwOnError: true })
    say(t('answered', { title }))
    close()
    // What was taken down stands in no list any more.
    await client.invalidateQueries()
  })
  return (
    <Dialog title={t('answerOf', { title })} close={close}>
      <form onSubmit={submit} className={styles.form}>
        {canTakeDown ? (
          <Choice
            label={t('what')}
            name="action"
            defaultValue="dismiss"
            options={ACTIONS.map((value) => ({ value, label: t(`actions.${value}`) }))}
          />
        ) : (
          <p>{t('cannotTakeDown')}</p>
        )}
        <Area
          name="reason"
          label={t('reason')}
          hint={t('reasonHint')}
          maxLength={MAX_REASON}
          error={wrong.reason}
          isRequired
        />
        <Button kind="primary" type="submit" isPending={busy}>
          {t('answer')}
        </Button>
      </form>
    </Dialog>
  )
}
