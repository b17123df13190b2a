import { Link, useLocation } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { confirmEmail, resetPassword } from '../api/gen'
import { isStatus } from '../api/problem'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { Page } from '../ui/page'
import { Empty, Problem } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
import styles from './account-form.module.css'

/** What the link is good by. It stands behind `#`, so no server, log or other page sees it. */
function useLinkToken(): string {
  const behind = useLocation({ select: (location) => location.hash })
  return new URLSearchParams(behind).get('token') ?? ''
}

/** Behind a link that an administrator gave: a new password, once. */
export function PasswordResetPage() {
  const t = useTranslations('account')
  const token = useLinkToken()
  const [state, setState] = useState<'asks' | 'done' | 'over'>(token ? 'asks' : 'over')
  const { busy, wrong, submit } = useSubmit(async (text) => {
    try {
      await resetPassword({ body: { token, password: text('password') }, throwOnError: true })
      setState('done')
    } catch (error) {
      if (!isStatus(error, 401)) throw error
      setState('over')
    }
  })
  return (
    <Page title={t('resetTitle')}>
      {state === 'asks' ? (
        <form onSubmit={submit} className={styles.form}>
          <Field
            name="password"
            type="password"
            autoComplete="new-password"
            label={t('newPassword')}
            hint={t('passwordHint')}
            error={wrong.password ?? wrong.token}
            isRequired
          />
          <Button kind="primary" type="submit" isPending={busy}>
            {t('resetDo')}
          </Button>
        </form>
      ) : (
        <Ended good={state === 'done'} text={state === 'done' ? t('resetDone') : t('linkOver')} />
      )}
    </Page>
  )
}

export function EmailConfirmationPage() {
  const t = useTranslations('account')
  const token = useLinkToken()
  const [result, setResult] = useState<'done' | { error: unknown }>()
  useEffect(() => {
    confirmEmail({ body: { token }, throwOnError: true })
      .then(() => setResult('done'))
      .catch((error: unknown) => setResult({ error }))
  }, [token])
  return (
    <Page title={t('emailTitle')}>
      {result === 'done' ? (
        <Ended good text={t('emailDone')} />
      ) : result && isStatus(result.error, 401, 422) ? (
        <Ended good={false} text={t('linkOver')} />
      ) : result ? (
        <Problem error={result.error} />
      ) : null}
    </Page>
  )
}

function Ended({ good, text }: { good: boolean; text: string }) {
  const t = useTranslations('account')
  return (
    <Empty
      title={text}
      action={
        <Link to={good ? '/sign-in' : '/'} className="link">
          {good ? t('signIn') : t('home')}
        </Link>
      }
    />
  )
}
