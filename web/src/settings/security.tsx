import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Laptop } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { endSession, type SignInSession } from '../api/gen'
import { listSessionsOptions, listSessionsQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { fail, say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { browserOf } from './browser-of'
import { SecondFactor } from './second-factor'
import styles from './settings.module.css'

/** Where one is signed in, and the second factor. */
export function Security() {
  return (
    <div className={styles.stack}>
      <Sessions />
      <SecondFactor />
    </div>
  )
}

function Sessions() {
  const t = useTranslations('settings')
  const { data, error, refetch } = useQuery(listSessionsOptions())
  return (
    <Section title={t('sessions')} note={t('sessionsNote')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : data ? (
        <ul className={styles.rows}>
          {data.items.map((session) => (
            <Session key={session.id} session={session} />
          ))}
        </ul>
      ) : (
        <Skeleton kind="rows" count={2} />
      )}
    </Section>
  )
}

function Session({ session }: { session: SignInSession }) {
  const t = useTranslations('settings')
  const formats = useFormats()
  const client = useQueryClient()
  const name = browserOf(session.user_agent) ?? t('unknownDevice')
  const end = async () => {
    try {
      await endSession({ path: { session_id: session.id }, throwOnError: true })
      say(t('sessionEnded', { name }))
    } catch (error) {
      fail(error)
    } finally {
      await client.invalidateQueries({ queryKey: listSessionsQueryKey() })
    }
  }
  return (
    <li>
      <Laptop aria-hidden="true" />
      <span className={styles.grow}>
        <strong>{name}</strong>
        <small>
          {session.current ? t('thisOne') : t('lastUsed', { at: formats.moment(session.last_used_at) })}
          {' · '}
          {t('began', { at: formats.moment(session.created_at) })}
        </small>
      </span>
      {!session.current && (
        <Button writes kind="quiet" onPress={end}>
          {t('endSession')}
        </Button>
      )}
    </li>
  )
}
