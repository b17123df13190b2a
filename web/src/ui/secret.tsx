import { Copy } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { say } from '../app/toasts'
import { Button } from './button'
import styles from './secret.module.css'

/** Something that is shown once: read, selected or copied. */
export function Secret({ label, value }: { label: string; value: string }) {
  const t = useTranslations('action')
  return (
    <div className={styles.secret}>
      <p>{label}</p>
      <pre>{value}</pre>
      {navigator.clipboard && (
        <Button
          icon={<Copy aria-hidden="true" />}
          onPress={() => void navigator.clipboard.writeText(value).then(() => say(t('copied')))}
        >
          {t('copy')}
        </Button>
      )}
    </div>
  )
}
