import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import { IntlProvider } from 'use-intl'
import { readLook, writeLook } from '../app/look'
import { localeTag, timeZone } from './formats'
import { type Language, load, type Messages, preferred } from './messages'

const Choose = createContext<(language: Language | 'system') => void>(() => {})
export const useChooseLanguage = () => useContext(Choose)

export function currentLanguage(): Language {
  const chosen = readLook().language
  return chosen === 'system' ? preferred(navigator.languages) : chosen
}

export function LanguageProvider(props: { first: Messages; children: ReactNode }) {
  const [state, setState] = useState({ language: currentLanguage(), messages: props.first })
  useEffect(() => {
    document.documentElement.lang = state.language
  }, [state.language])
  const choose = useMemo(
    () => async (choice: Language | 'system') => {
      writeLook({ language: choice })
      const language = currentLanguage()
      setState({ language, messages: await load(language) })
    },
    [],
  )
  return (
    <Choose.Provider value={choose}>
      <IntlProvider locale={state.language} messages={state.messages} timeZone={timeZone()}>
        <I18nProvider locale={localeTag(state.language) === 'en-GB' ? 'en-US' : 'ru-RU'}>{props.children}</I18nProvider>
      </IntlProvider>
    </Choose.Provider>
  )
}
