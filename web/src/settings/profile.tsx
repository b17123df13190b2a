import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { LogOut } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { isAdmin, isArtist, useMe } from '../api/me'
import { signOut } from '../api/session'
import { useFormats } from '../i18n/formats'
import { leavePlayer } from '../player/actions'
import { Button } from '../ui/button'
import { PlaceholderCover } from '../ui/placeholder-cover'
import styles from './settings.module.css'

/** Who I am here, and the ways that a phone's four tabs leave out. */
export function Profile() {
  const t = useTranslations('settings')
  const nav = useTranslations('nav')
  const formats = useFormats()
  const client = useQueryClient()
  const navigate = useNavigate()
  const me = useMe()
  if (!me) return null
  const leave = async () => {
    await leavePlayer()
    await signOut()
    client.clear()
    await navigate({ to: '/' })
  }
  return (
    <div className={styles.stack}>
      <div className={styles.person}>
        <span className={styles.face}>
          <PlaceholderCover id={me.id} />
        </span>
        <span>
          <strong>{me.display_name}</strong>
          <small>
            @{me.username} · {t(`role.${me.role}`)}
          </small>
          {me.email && <small>{me.email}</small>}
          <small>{t('since', { date: formats.date(me.created_at) })}</small>
        </span>
      </div>
      <nav className={styles.ways} aria-label={t('ways')}>
        <Link to="/stats">{nav('stats')}</Link>
        <Link to="/charts" search={{}}>
          {nav('charts')}
        </Link>
        {isArtist(me) && <Link to="/studio">{nav('studio')}</Link>}
        {isAdmin(me) && <Link to="/operator">{nav('operator')}</Link>}
      </nav>
      <Button writes icon={<LogOut aria-hidden="true" />} onPress={leave}>
        {t('signOut')}
      </Button>
    </div>
  )
}
