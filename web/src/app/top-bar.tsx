import { Link, useNavigate, useRouterState } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { useMe, useSignedIn } from '../api/me'
import { FlowerMark } from '../ui/flower-mark'
import { PlaceholderCover } from '../ui/placeholder-cover'
import styles from './top-bar.module.css'

/** The search field, which follows the address and leads it, and the person. */
export function TopBar() {
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.mark} aria-label="Jonquil">
        <FlowerMark size={28} />
      </Link>
      <SearchField />
      <Person />
    </header>
  )
}

function SearchField() {
  const t = useTranslations('search')
  const navigate = useNavigate()
  const location = useRouterState({ select: (state) => state.location })
  const onSearch = location.pathname.endsWith('/search')
  const inAddress = onSearch ? ((location.search as { q?: string }).q ?? '') : ''
  const [value, setValue] = useState(inAddress)
  const typed = useRef(inAddress)
  useEffect(() => {
    if (typed.current !== inAddress) {
      typed.current = inAddress
      setValue(inAddress)
    }
  }, [inAddress])
  const go = (text: string, replace: boolean) => {
    typed.current = text.trim()
    const search = (before: Record<string, unknown>) => ({ ...(onSearch ? before : {}), q: text.trim() || undefined })
    void navigate({ to: '/search', search: search as never, replace })
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: `search` is not known to every screen reader yet
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault()
        go(value, onSearch)
      }}
    >
      <Search aria-hidden="true" />
      <input
        id="search"
        type="search"
        value={value}
        maxLength={200}
        placeholder={t('placeholder')}
        aria-label={t('label')}
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => {
          setValue(event.target.value)
          go(event.target.value, onSearch)
        }}
      />
      <kbd>/</kbd>
    </form>
  )
}

function Person() {
  const t = useTranslations('nav')
  const signedIn = useSignedIn()
  const me = useMe()
  if (!signedIn) {
    return (
      <Link to="/sign-in" className={styles.signIn}>
        {t('signIn')}
      </Link>
    )
  }
  return (
    <Link
      to="/settings/$tab"
      params={{ tab: 'profile' }}
      className={styles.person}
      aria-label={t('you')}
      title={me?.display_name ?? ''}
    >
      <PlaceholderCover id={me?.id ?? ''} />
    </Link>
  )
}
