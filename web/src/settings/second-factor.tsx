import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { beginTotp, confirmTotp, endTotp, type TotpSecret } from '../api/gen'
import { getTotpOptions, getTotpQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { fail, say } from '../app/toasts'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { Section } from '../ui/page'
import { Secret } from '../ui/secret'
import { Problem, Skeleton } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
import { QrCode } from './qr-code'
import styles from './settings.module.css'

/** A code of an app at each sign-in. */
export function SecondFactor() {
  const t = useTranslations('settings')
  const client = useQueryClient()
  const { data, error, refetch } = useQuery(getTotpOptions())
  const [secret, setSecret] = useState<TotpSecret>()
  const [recovery, setRecovery] = useState<string[]>()
  const changed = () => client.invalidateQueries({ queryKey: getTotpQueryKey() })
  const begin = async () => {
    try {
      setSecret((await beginTotp({ throwOnError: true })).data)
    } catch (problem) {
      fail(problem)
    }
  }
  const confirmed = async (codes: string[]) => {
    setSecret(undefined)
    setRecovery(codes)
    await changed()
  }
  return (
    <Section title={t('totp')} note={t('totpNote')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="block" />
      ) : recovery ? (
        <Recovery codes={recovery} done={() => setRecovery(undefined)} />
      ) : secret ? (
        <Confirm secret={secret} confirmed={confirmed} />
      ) : data.enabled ? (
        <End left={data.recovery_codes_left} ended={changed} />
      ) : (
        <Button writes onPress={begin}>
          {t('totpBegin')}
        </Button>
      )}
    </Section>
  )
}

function Confirm({ secret, confirmed }: { secret: TotpSecret; confirmed: (codes: string[]) => Promise<unknown> }) {
  const t = useTranslations('settings')
  const { busy, wrong, submit } = useSubmit(async (text) => {
    const body = { password: text('password'), code: text('code') }
    const { data } = await confirmTotp({ body, throwOnError: true })
    await confirmed(data.recovery_codes)
  })
  return (
    <form onSubmit={submit} className={styles.form}>
      <p>{t('totpAdd')}</p>
      <QrCode text={secret.uri} label={t('totpQr')} />
      <Secret label={t('totpSecret')} value={secret.secret} />
      <a href={secret.uri} className="link">
        {t('totpOpen')}
      </a>
      <PasswordNow wrong={wrong.password} />
      <Field
        name="code"
        label={t('totpCode')}
        inputMode="numeric"
        autoComplete="one-time-code"
        error={wrong.code}
        isRequired
      />
      <Button type="submit" isPending={busy}>
        {t('totpConfirm')}
      </Button>
    </form>
  )
}

function PasswordNow({ wrong }: { wrong: string | undefined }) {
  const t = useTranslations('settings')
  const words = useTranslations()
  return (
    <Field
      name="password"
      type="password"
      autoComplete="current-password"
      label={t('passwordNow')}
      error={wrong && words('fault.of.current_password')}
      isRequired
    />
  )
}

function Recovery({ codes, done }: { codes: string[]; done: () => void }) {
  const t = useTranslations('settings')
  return (
    <div className={styles.form}>
      <p>{t('recoveryNote')}</p>
      <Secret label={t('recovery')} value={codes.join('\n')} />
      <Button onPress={done}>{t('recoveryKept')}</Button>
    </div>
  )
}

function End({ left, ended }: { left: number; ended: () => Promise<unknown> }) {
  const t = useTranslations('settings')
  const { busy, wrong, submit } = useSubmit(async (text) => {
    const code = text('code').replaceAll(' ', '')
    const proof = /^\d{6}$/.test(code) ? { code } : { recovery_code: code }
    await endTotp({ body: { password: text('password'), ...proof }, throwOnError: true })
    say(t('totpEnded'))
    await ended()
  })
  return (
    <form onSubmit={submit} className={styles.form}>
      <p>{t('totpOn', { count: left })}</p>
      <PasswordNow wrong={wrong.password} />
      <Field
        name="code"
        label={t('totpOrRecovery')}
        autoComplete="one-time-code"
        error={wrong.code ?? wrong.recovery_code}
        isRequired
      />
      <Button type="submit" kind="danger" isPending={busy}>
        {t('totpEnd')}
      </Button>
    </form>
  )
}
