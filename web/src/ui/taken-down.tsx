import { ShieldAlert } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { TakedownNote } from '../api/gen'
import styles from './states.module.css'

/** For those who still see a work that was taken down, its owner and admins: why nobody else does. */
export function TakenDown({ note }: { note: TakedownNote | null | undefined }) {
  const t = useTranslations('work')
  if (!note) return null
  return (
    <p className={styles.takenDown}>
      <ShieldAlert aria-hidden="true" />
      {t('takenDown', { reason: note.reason })}
    </p>
  )
}
