import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pencil } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Credit } from '../api/gen'
import { getArtistOfUserOptions } from '../api/gen/@tanstack/react-query.gen'
import { isAdmin, useMe } from '../api/me'
import styles from './button.module.css'

/** To the studio, for those who may change the work: its artist and admins. */
export function EditLink(props: { to: '/studio/albums/$id' | '/studio/tracks/$id'; id: string; credits: Credit[] }) {
  const t = useTranslations('studio')
  const me = useMe()
  const { data: own } = useQuery({
    ...getArtistOfUserOptions({ path: { user_id: me?.id ?? '' } }),
    enabled: me?.role === 'artist',
    retry: false,
    staleTime: 5 * 60_000,
  })
  if (!isAdmin(me) && !props.credits.some((credit) => credit.artist.id === own?.id)) return null
  return (
    <Link
      to={props.to}
      params={{ id: props.id }}
      className={`${styles.icon} ${styles.normal ?? ''}`}
      aria-label={t('edit')}
      title={t('edit')}
    >
      <Pencil aria-hidden="true" />
    </Link>
  )
}
