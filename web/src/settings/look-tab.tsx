import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { KeysTable } from '../app/keys-dialog'
import { chooseTheme, type Look, readLook, writeLook } from '../app/look'
import { useChooseLanguage } from '../i18n/language'
import { Choice } from '../ui/form'
import styles from './settings.module.css'

export function LookTab() {
  const t = useTranslations('settings')
  const chooseLanguage = useChooseLanguage()
  const [look, setLook] = useState(readLook)
  return (
    <div className={styles.stack}>
      <Choice
        label={t('theme')}
        value={look.theme}
        onChange={(theme) => {
          chooseTheme(theme)
          setLook({ ...look, theme })
        }}
        options={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`themes.${value}`) }))}
      />
      <Choice
        label={t('language')}
        value={look.language}
        onChange={(language: Look['language']) => {
          chooseLanguage(language)
          setLook({ ...look, language })
        }}
        options={[
          { value: 'system', label: t('themes.system') },
          { value: 'en', label: 'English' },
          { value: 'ru', label: 'Русский' },
        ]}
      />
    </div>
  )
}

export function Keys() {
  const t = useTranslations('settings')
  const [single, setSingle] = useState(readLook().singleKeys)
  return (
    <div className={styles.stack}>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={single}
          onChange={(event) => {
            writeLook({ singleKeys: event.target.checked })
            setSingle(event.target.checked)
          }}
        />
        {t('singleKeys')}
      </label>
      <KeysTable />
    </div>
  )
}
