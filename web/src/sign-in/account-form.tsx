import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { getMe, logInWithJson, register } from '../api/gen'
import { ApiProblem, isStatus } from '../api/problem'
import { keep, keepUser } from '../api/session'
import { useProblemWords } from '../i18n/problem-words'
import { flush } from '../player/listen-queue'
import { Button } from '../ui/button'
import { Choice, Field } from '../ui/form'
import styles from './account-form.module.css'

interface Props {
  mode: 'signIn' | 'register'
  done: () => void
}

/** Sign-in and register: one column; what is wrong stands at its field, and the focus goes to the first. */
export function AccountForm({ mode, done }: Props) {
  const t = useTranslations('account')
  const words = useProblemWords()
  const client = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  const [busy, setBusy] = useState(false)
  const [role, setRole] = useState<'listener' | 'artist'>('listener')
  const [error, setError] = useState<ApiProblem>()
  const [asksCode, setAsksCode] = useState(false)
  const registers = mode === 'register'
  const wrong = words.fields(error)

  const message = (problem: ApiProblem) => {
    if (problem.type.endsWith('wrong-credentials')) return t('wrong')
    if (isStatus(problem, 429)) return t('tooOften', { seconds: Math.ceil((problem.retryAfterMs ?? 60_000) / 1000) })
    return words.problem(problem)
  }

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => String(data.get(name) ?? '')
    setBusy(true)
    setError(undefined)
    try {
      const username = text('username').trim()
      const password = text('password')
      if (registers) {
        await register({ body: { username, email: text('email').trim(), password, role }, throwOnError: true })
      }
      const second = secondFactor(text('code'))
      const tokens = await logInWithJson({
        body: { username, password, ...second },
        query: { cookie: true },
        throwOnError: true,
      })
      keep(tokens.data)
      keepUser((await getMe({ throwOnError: true })).data)
      await client.invalidateQueries()
      void flush()
      done()
    } catch (problem) {
      const known = problem instanceof ApiProblem ? problem : new ApiProblem(0, undefined)
      if (known.type.endsWith('totp-required')) return setAsksCode(true)
      setError(known)
      requestAnimationFrame(() => form.current?.querySelector<HTMLInputElement>('[data-invalid] input, input')?.focus())
    } finally {
      setBusy(false)
    }
  }

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      {error && error.faults.length === 0 && (
        <p className={styles.error} role="alert">
          {message(error)}
        </p>
      )}
      <Field
        name="username"
        label={registers ? t('username') : t('usernameOrEmail')}
        autoComplete="username"
        {...(registers && { hint: t('usernameHint') })}
        error={wrong.username}
        isRequired
      />
      {registers && (
        <Field
          name="email"
          type="email"
          inputMode="email"
          label={t('email')}
          autoComplete="email"
          error={wrong.email}
          isRequired
        />
      )}
      <Field
        name="password"
        type="password"
        label={t('password')}
        autoComplete={registers ? 'new-password' : 'current-password'}
        {...(registers && { hint: t('passwordHint') })}
        error={wrong.password}
        isRequired
      />
      {asksCode && (
        <Field name="code" label={t('code')} hint={t('codeHint')} autoComplete="one-time-code" autoFocus isRequired />
      )}
      {registers && (
        <Choice
          label={t('role')}
          value={role}
          onChange={setRole}
          options={[
            { value: 'listener', label: t('listener') },
            { value: 'artist', label: t('artist') },
          ]}
        />
      )}
      <Button kind="primary" type="submit" isPending={busy} className={styles.submit ?? ''}>
        {registers ? t('create') : t('signIn')}
      </Button>
    </form>
  )
}

/** Six digits are of the app; anything else is a recovery code. */
function secondFactor(typed: string): { code?: string; recovery_code?: string } {
  const code = typed.replaceAll(' ', '')
  if (code === '') return {}
  return /^\d{6}$/.test(code) ? { code } : { recovery_code: code }
}
