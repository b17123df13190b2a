import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { changePreferences, deleteUser, type PreferencesChanges, type User } from '../api/gen'
import { getPreferencesOptions, getPreferencesQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { useMe } from '../api/me'
import { leave } from '../api/session'
import { useNeedsConnection } from '../app/online'
import { fail, say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { leavePlayer } from '../player/actions'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
import { Export } from './export'
import styles from './settings.module.css'

const PRIVATE_HOURS = 8

/** What is recorded, a copy of it, and the end of it. */
export function Data() {
  const me = useMe()
  if (!me) return null
  return (
    <div className={styles.stack}>
      <Privacy userId={me.id} />
      <Export userId={me.id} />
      <DeleteAccount me={me} />
    </div>
  )
}

function Privacy({ userId }: { userId: string }) {
  const t = useTranslations('settings')
  const formats = useFormats()
  const client = useQueryClient()
  const path = { user_id: userId }
  const { data, error, refetch } = useQuery(getPreferencesOptions({ path }))
  const offline = useNeedsConnection()
  const change = useMutation({
    mutationFn: async (body: PreferencesChanges) => (await changePreferences({ path, body, throwOnError: true })).data,
    onSuccess: (changed) => client.setQueryData(getPreferencesQueryKey({ path }), changed),
    onError: fail,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  const until = data.private_session_until
  const isPrivate = until != null && new Date(until) > new Date()
  const later = () => new Date(Date.now() + PRIVATE_HOURS * 3_600_000).toISOString()
  return (
    <Section title={t('privacy')}>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={isPrivate}
          disabled={change.isPending}
          {...offline}
          onChange={(event) => change.mutate({ private_session_until: event.target.checked ? later() : null })}
        />
        <span>
          {t('privateSession', { hours: PRIVATE_HOURS })}
          <small>{isPrivate ? t('privateUntil', { at: formats.moment(until) }) : t('privateHint')}</small>
        </span>
      </label>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={data.similar_users}
          disabled={change.isPending}
          {...offline}
          onChange={(event) => change.mutate({ similar_users: event.target.checked })}
        />
        <span>
          {t('similarUsers')}
          <small>{t('similarUsersHint')}</small>
        </span>
      </label>
    </Section>
  )
}

/** The name is typed, so that no slip of the hand deletes an account. */
function DeleteAccount({ me }: { me: User }) {
  const t = useTranslations('settings')
  const client = useQueryClient()
  const navigate = useNavigate()
  const { busy, submit } = useSubmit(async (text) => {
    if (text('confirmation') !== me.username) return say(t('deleteTypeName', { name: me.username }))
    await deleteUser({ path: { user_id: me.id }, throwOnError: true })
    leave()
    await leavePlayer()
    client.clear()
    await navigate({ to: '/' })
    say(t('accountDeleted'))
  })
  return (
    <Section title={t('deleteAccount')} note={t('deleteNote')}>
      <form onSubmit={submit} className={styles.form}>
        <Field name="confirmation" label={t('deleteTypeName', { name: me.username })} autoComplete="off" isRequired />
        <Button type="submit" kind="danger" isPending={busy}>
          {t('deleteAccount')}
        </Button>
      </form>
    </Section>
  )
}
