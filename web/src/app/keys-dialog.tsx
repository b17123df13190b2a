import { useTranslations } from 'use-intl'
import { Dialog } from '../ui/dialog'
import styles from './keys-dialog.module.css'

const KEYS = [
  ['playPause', ['Space']],
  ['seek', ['←', '→']],
  ['skip', ['Shift', '←', '→']],
  ['volume', ['Shift', '↑', '↓']],
  ['mute', ['M']],
  ['shuffle', ['S']],
  ['repeat', ['R']],
  ['like', ['L']],
  ['queue', ['Q']],
  ['search', ['/']],
  ['go', ['G', 'H', 'L', 'C', 'S']],
  ['help', ['?']],
] as const

export default function KeysDialog({ close }: { close: () => void }) {
  const t = useTranslations('keys')
  return (
    <Dialog title={t('title')} close={close}>
      <KeysTable />
    </Dialog>
  )
}

export function KeysTable() {
  const t = useTranslations('keys')
  return (
    <dl className={styles.keys}>
      {KEYS.map(([name, keys]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}
