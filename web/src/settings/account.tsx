import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { changeUser, type User } from '../api/gen'
import { getMeQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { useMe } from '../api/me'
import { say } from '../app/toasts'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { Section } from '../ui/page'
import { useSubmit } from '../ui/use-submit'
import styles from './settings.module.css'

/** The name, the address and the password. */
export function Account() {
  const me = useMe()
  if (!me) return null
  return (
    <div className={styles.stack}>
      <Person key={me.id} me={me} />
      <Password me={me} />
    </div>
  )
}

function Person({ me }: { me: User }) {
  const t = useTranslations('settings')
  const client = useQueryClient()
  const [email, setEmail] = useState(me.email ?? '')
  const moves = email.trim().toLowerCase() !== me.email
  const { busy, wrong, submit } = useSubmit(async (text) => {
    const person = { display_name: text('display_name') || null, email }
    const body = moves ? { ...person, current_password: text('current_password') } : person
    const { data } = await changeUser({ path: { user_id: me.id }, body, throwOnError: true })
    client.setQueryData(getMeQueryKey(), data)
    say(t('saved'))
  })
  return (
    <form onSubmit={submit} className={styles.form}>
      <Field
        name="display_name"
        label={t('displayName')}
        hint={t('displayNameHint')}
        defaultValue={me.display_name}
        maxLength={100}
        error={wrong.display_name}
      />
      <Field
        name="email"
        type="email"
        inputMode="email"
        autoComplete="email"
        label={t('email')}
        value={email}
        onChange={setEmail}
        hint={me.email_verified ? t('emailProved') : t('emailNotProved')}
        error={wrong.email}
        isRequired
      />
      {moves && (
        <Field
          name="current_password"
          type="password"
          autoComplete="current-password"
          label={t('passwordNow')}
          hint={t('emailNeedsPassword')}
          error={wrong.current_password}
          isRequired
        />
      )}
      <Button type="submit" isPending={busy}>
        {t('save')}
      </Button>
    </form>
  )
}

function Password({ me }: { me: User }) {
  const t = useTranslations('settings')
  const { busy, wrong, submit } = useSubmit(async (text, form) => {
    const body = { current_password: text('current_password'), password: text('password') }
    await changeUser({ path: { user_id: me.id }, body, throwOnError: true })
    form.reset()
    say(t('passwordChanged'))
  })
  return (
    <Section title={t('password')} note={t('passwordNote')}>
      <form onSubmit={submit} className={styles.form}>
        <input type="hidden" name="username" autoComplete="username" value={me.username} readOnly />
        <Field
          name="current_password"
          type="password"
          autoComplete="current-password"
          label={t('passwordNow')}
          error={wrong.current_password}
          isRequired
        />
        <Field
          name="password"
          type="password"
          autoComplete="new-password"
          label={t('passwordNew')}
          hint={t('passwordHint')}
          error={wrong.password}
          isRequired
        />
        <Button type="submit" isPending={busy}>
          {t('passwordChange')}
        </Button>
      </form>
    </Section>
  )
}
