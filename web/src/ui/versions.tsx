import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Conflict } from './edits'
import styles from './versions.module.css'

interface Props {
  conflicts: readonly Conflict[]
  labels: Readonly<Record<string, string>>
  words: ((name: string, value: string) => string) | undefined
  choose: (name: string, value: string) => void
}

/** Somebody else changed the thing meanwhile: of each field that both changed, mine and theirs. */
export function Versions({ conflicts, labels, words = (_, value) => value, choose }: Props) {
  const t = useTranslations('forms')
  const ref = useRef<HTMLDivElement>(null)
  // Mine stand in the form at first.
  const [taken, setTaken] = useState<readonly string[]>([])
  useEffect(() => ref.current?.focus(), [])
  return (
    <div ref={ref} className={styles.versions} role="alert" tabIndex={-1}>
      <p>
        <strong>{t('changed')}</strong> {conflicts.length > 0 ? t('choose') : t('merged')}
      </p>
      {conflicts.map(({ name, mine, theirs }) => (
        <fieldset key={name}>
          <legend>{labels[name]}</legend>
          {[mine, theirs].map((value, at) => (
            <label key={at === 0 ? 'mine' : 'theirs'}>
              <input
                type="radio"
                name={`version of ${name}`}
                checked={taken.includes(name) === (at === 1)}
                onChange={() => {
                  setTaken(at === 1 ? [...taken, name] : taken.filter((one) => one !== name))
                  choose(name, value)
                }}
              />
              <span>
                <small>{at === 0 ? t('mine') : t('theirs')}</small>
                {value === '' ? t('nothing') : words(name, value)}
              </span>
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  )
}
