import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { giveUp } from '../api/session'
import { close, granted, type Reason } from '../api/sign-in-request'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { AccountForm } from './account-form'

/** Opens over the page, which keeps what was typed; after the sign-in the wish is granted. */
export default function SignInDialog({ reason }: { reason: Reason }) {
  const t = useTranslations('account')
  const [mode, setMode] = useState<'signIn' | 'register'>('signIn')
  const other = mode === 'signIn' ? 'register' : 'signIn'
  const refuse = () => {
    close()
    giveUp()
  }
  return (
    <Dialog title={t(`reason.${reason}`)} close={refuse}>
      <AccountForm key={mode} mode={mode} done={granted} />
      {reason !== 'ended' && (
        <p>
          <Button kind="quiet" onPress={() => setMode(other)}>
            {mode === 'signIn' ? t('create') : t('signIn')}
          </Button>
        </p>
      )}
    </Dialog>
  )
}
