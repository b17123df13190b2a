import { useTranslations } from 'use-intl'
import { type ReportedType, reportWork } from '../api/gen'
import { say } from '../app/toasts'
import { Button } from './button'
import { Dialog } from './dialog'
import { Area } from './form'
import styles from './form.module.css'
import { useSubmit } from './use-submit'

const MAX_REASON = 2000

/** Why a thing should not be here; administrators read it. */
export function ReportDialog(props: { work: { type: ReportedType; id: string; title: string }; close: () => void }) {
  const t = useTranslations('report')
  const { work, close } = props
  const { busy, wrong, submit } = useSubmit(async (text) => {
    await reportWork({ body: { type: work.type, id: work.id, reason: text('reason') }, throwOnError: true })
    close()
    say(t('sent'))
  })
  return (
    <Dialog title={t('title', { title: work.title })} close={close}>
      <form onSubmit={submit} className={styles.form}>
        <p>{t('hint')}</p>
        <Area name="reason" label={t('reason')} maxLength={MAX_REASON} error={wrong.reason} isRequired autoFocus />
        <Button kind="primary" type="submit" isPending={busy}>
          {t('send')}
        </Button>
      </form>
    </Dialog>
  )
}
