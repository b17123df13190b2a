import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { changeUser, createPasswordLink, type PersonChanges, type User } from '../api/gen'
import { listUsersOptions } from '../api/gen/@tanstack/react-query.gen'
import { useMe } from '../api/me'
import { useNeedsConnection } from '../app/online'
import { fail, say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { Field } from '../ui/form'
import { Secret } from '../ui/secret'
import { Empty, Problem, Skeleton } from '../ui/states'
import { useSettled } from '../ui/use-settled'
import styles from './operator.module.css'
import { Table } from './table'
import { OperatorTabs } from './tabs'

const ROLES = ['listener', 'artist', 'admin'] as const
const SHOWN = 100

/** Who is here, and what each may do. */
export default function UsersPage() {
  const t = useTranslations('operator')
  const [words, setWords] = useState('')
  const q = useSettled(words.trim(), 200)
  return (
    <OperatorTabs tab="users">
      <div className={styles.find}>
        <Field type="search" label={t('findPerson')} value={words} onChange={setWords} maxLength={100} />
      </div>
      <Users q={q} />
    </OperatorTabs>
  )
}

function Users({ q }: { q: string }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const [link, setLink] = useState<{ name: string; url: string }>()
  const { data, error, refetch } = useQuery({
    ...listUsersOptions({ query: { limit: SHOWN, ...(q && { q }) } }),
    placeholderData: keepPreviousData,
  })
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="rows" />
  if (data.items.length === 0) return <Empty title={t('nobodyFound', { q })} />
  return (
    <>
      <Table
        label={t('tabs.users')}
        head={['person', 'email', 'since', 'role', 'state', 'password'].map((key) => ({
          key,
          label: t(`column.${key as 'person'}`),
        }))}
        rows={data.items.map((user) => ({
          key: user.id,
          cells: [
            <strong key="name">{user.username}</strong>,
            user.email ?? '–',
            formats.date(user.created_at),
            <RoleChoice key="role" user={user} />,
            <State key="state" user={user} />,
            <ResetLink key="link" user={user} made={setLink} />,
          ],
        }))}
      />
      {data.total > SHOWN && <p className={styles.quiet}>{t('moreUsers', { count: data.total - SHOWN })}</p>}
      {link && (
        <Dialog title={t('resetLink', { name: link.name })} close={() => setLink(undefined)}>
          <p>{t('resetLinkNote')}</p>
          <Secret label={t('link')} value={link.url} />
        </Dialog>
      )}
    </>
  )
}

function useChange(user: User) {
  const t = useTranslations('operator')
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (body: PersonChanges) => changeUser({ path: { user_id: user.id }, body, throwOnError: true }),
    onSuccess: () => say(t('userChanged', { name: user.username })),
    onError: fail,
    onSettled: () => client.invalidateQueries({ queryKey: [{ _id: 'listUsers' }] }),
  })
}

function RoleChoice({ user }: { user: User }) {
  const t = useTranslations()
  const me = useMe()
  const change = useChange(user)
  const offline = useNeedsConnection()
  return (
    <select
      className={styles.select}
      aria-label={t('operator.roleOf', { name: user.username })}
      value={user.role}
      disabled={change.isPending || user.id === me?.id}
      {...offline}
      onChange={(event) => change.mutate({ role: event.target.value as User['role'] })}
    >
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`settings.role.${role}`)}
        </option>
      ))}
    </select>
  )
}

function State({ user }: { user: User }) {
  const t = useTranslations('operator')
  const me = useMe()
  const change = useChange(user)
  const offline = useNeedsConnection()
  const active = user.is_active !== false
  return (
    <label className={styles.active}>
      <input
        type="checkbox"
        checked={active}
        disabled={change.isPending || user.id === me?.id}
        {...offline}
        onChange={(event) => change.mutate({ is_active: event.target.checked })}
        aria-label={t('mayUse', { name: user.username })}
      />
      {active ? t('active') : t('disabled')}
    </label>
  )
}

function ResetLink({ user, made }: { user: User; made: (link: { name: string; url: string }) => void }) {
  const t = useTranslations('operator')
  const make = async () => {
    try {
      const { data } = await createPasswordLink({ path: { user_id: user.id }, throwOnError: true })
      made({ name: user.username, url: new URL(data.url, location.origin).href })
    } catch (error) {
      fail(error)
    }
  }
  return (
    <Button writes kind="quiet" aria-label={t('resetOf', { name: user.username })} onPress={make}>
      {t('makeLink')}
    </Button>
  )
}
