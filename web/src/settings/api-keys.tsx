import { useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type ApiKey, createApiKey, deleteApiKey, type NewApiKey, type ScopeName } from '../api/gen'
import { listApiKeysOptions, listApiKeysQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { useMe } from '../api/me'
import { fail } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { Section } from '../ui/page'
import { Secret } from '../ui/secret'
import { Problem, Skeleton } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
import styles from './settings.module.css'

/** Keys for programs of one's own. */
export function ApiKeys() {
  const t = useTranslations('settings')
  const { data, error, refetch } = useQuery(listApiKeysOptions())
  const [made, setMade] = useState<NewApiKey>()
  return (
    <div className={styles.stack}>
      <Section title={t('apiKeys')} note={t('apiKeysNote')}>
        {made && (
          <div className={styles.made} role="status">
            <Secret label={t('apiKeySecret', { name: made.name })} value={made.secret} />
          </div>
        )}
        {error ? (
          <Problem error={error} retry={refetch} />
        ) : !data ? (
          <Skeleton kind="rows" count={2} />
        ) : data.items.length === 0 ? (
          <p className={styles.none}>{t('noKeys')}</p>
        ) : (
          <ul className={styles.rows}>
            {data.items.map((key) => (
              <Key key={key.id} apiKey={key} />
            ))}
          </ul>
        )}
      </Section>
      <NewKey made={setMade} />
    </div>
  )
}

function Key({ apiKey }: { apiKey: ApiKey }) {
  const t = useTranslations('settings')
  const formats = useFormats()
  const client = useQueryClient()
  const remove = async () => {
    if (!confirm(t('reallyDeleteKey', { name: apiKey.name }))) return
    try {
      await deleteApiKey({ path: { key_id: apiKey.id }, throwOnError: true })
    } catch (error) {
      fail(error)
    } finally {
      await client.invalidateQueries({ queryKey: listApiKeysQueryKey() })
    }
  }
  return (
    <li>
      <KeyRound aria-hidden="true" />
      <span className={styles.grow}>
        <strong>{apiKey.name}</strong>
        <small>
          {apiKey.scopes.join(', ')}
          {' · '}
          {apiKey.last_used_at ? t('lastUsed', { at: formats.moment(apiKey.last_used_at) }) : t('neverUsed')}
          {apiKey.expires_at && ` · ${t('expires', { at: formats.date(apiKey.expires_at) })}`}
        </small>
      </span>
      <Button writes kind="quiet" onPress={remove}>
        {t('deleteKey')}
      </Button>
    </li>
  )
}

const DAYS = ['30', '365', 'never'] as const

function NewKey({ made }: { made: (key: NewApiKey) => void }) {
  const t = useTranslations('settings')
  const me = useMe()
  const client = useQueryClient()
  const [scopes, setScopes] = useState<readonly ScopeName[]>(['catalogue:read'])
  const { busy, wrong, submit } = useSubmit(async (text, form) => {
    const days = Number(text('days'))
    const body = {
      name: text('name'),
      scopes: [...scopes],
      ...(days > 0 && { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() }),
    }
    const { data } = await createApiKey({ body, throwOnError: true })
    made(data)
    form.reset()
    await client.invalidateQueries({ queryKey: listApiKeysQueryKey() })
  })
  return (
    <Section title={t('newKey')}>
      <form onSubmit={submit} className={styles.form}>
        <Field name="name" label={t('keyName')} hint={t('keyNameHint')} maxLength={100} error={wrong.name} isRequired />
        <fieldset className={styles.group}>
          <legend>{t('keyScopes')}</legend>
          {me?.scopes?.map((scope) => (
            <label key={scope} className={styles.check}>
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                }
              />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <fieldset className={styles.group}>
          <legend>{t('keyLife')}</legend>
          {DAYS.map((days) => (
            <label key={days} className={styles.check}>
              <input type="radio" name="days" value={days} defaultChecked={days === '365'} />
              {days === 'never' ? t('keyForever') : t('days', { count: Number(days) })}
            </label>
          ))}
        </fieldset>
        <Button type="submit" isPending={busy} isDisabled={scopes.length === 0}>
          {t('makeKey')}
        </Button>
      </form>
    </Section>
  )
}
