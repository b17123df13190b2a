import { useTranslations } from 'use-intl'
import { askToSignIn, type Reason } from '../api/sign-in-request'
import { Button } from './button'
import { Empty } from './states'

/** A page that is somebody's own. */
export function NeedsAccount({ reason }: { reason: Reason }) {
  const t = useTranslations('account')
  return (
    <Empty
      title={t(`reason.${reason}`)}
      action={
        <Button kind="primary" onPress={() => askToSignIn(reason, () => {})}>
          {t('signIn')}
        </Button>
      }
    />
  )
}

/** A page for another role. */
export function NeedsRole({ wanted }: { wanted: 'artist' | 'admin' }) {
  const t = useTranslations('account')
  return <Empty title={t(`needs.${wanted}`)}>{t(`needsHint.${wanted}`)}</Empty>
}
