import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { DeadLetter } from '../api/gen'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import styles from './dead-letters.module.css'
import { useReplay } from './letter-actions'
import { useLetterWords } from './letter-words'

/** One dead letter in the list: what it was, who refused it and why. */
export function LetterRow({ letter, done }: { letter: DeadLetter; done: (words: string) => void }) {
  const t = useTranslations('operator.letters')
  const formats = useFormats()
  const words = useLetterWords()
  const replay = useReplay(done)
  return (
    <li>
      <div>
        <Link to="/operator/dead-letters/$id" params={{ id: letter.id }} className={styles.name}>
          {words.name(letter)}
        </Link>
        <p className={styles.error}>{letter.error}</p>
        <p className={styles.quiet}>
          {[
            words.projector(letter.projector),
            words.reason(letter.reason),
            t('times', { count: letter.times }),
            formats.moment(letter.time),
          ].join(' · ')}
        </p>
        {letter.replayed_at && (
          <p className={styles.quiet}>{t('replayedAt', { at: formats.moment(letter.replayed_at) })}</p>
        )}
      </div>
      {letter.size_bytes == null ? (
        <span className={styles.quiet}>{t('noBytes')}</span>
      ) : (
        <Button
          writes
          kind="quiet"
          isPending={replay.busy}
          aria-label={t('replayOf', { name: words.name(letter) })}
          onPress={() => replay.one(letter.id)}
        >
          {t('replay.one')}
        </Button>
      )}
    </li>
  )
}
