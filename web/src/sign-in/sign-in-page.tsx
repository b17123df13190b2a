import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { Cover } from '../ui/cover'
import { Page } from '../ui/page'
import { AccountForm } from './account-form'
import styles from './account-form.module.css'

const GARDEN = ['narcissus', 'aster', 'cosmos', 'dahlia', 'iris', 'anemone', 'lotus', 'poppy', 'zinnia']

function Frame({ mode }: { mode: 'signIn' | 'register' }) {
  const t = useTranslations('account')
  const navigate = useNavigate()
  const registers = mode === 'register'
  return (
    <div className={styles.frame}>
      <div className={styles.column}>
        <Page title={registers ? t('registerTitle') : t('signInTitle')}>
          <AccountForm mode={mode} done={() => navigate({ to: '/' })} />
          <p>
            {registers ? t('haveAccount') : t('noAccount')}{' '}
            <Link to={registers ? '/sign-in' : '/register'} className="link">
              {registers ? t('signIn') : t('create')}
            </Link>
          </p>
        </Page>
      </div>
      <div className={styles.garden} aria-hidden="true">
        {GARDEN.map((name) => (
          <Cover key={name} id={`garden ${name}`} />
        ))}
      </div>
    </div>
  )
}

export const SignInPage = () => <Frame key="sign-in" mode="signIn" />
export const RegisterPage = () => <Frame key="register" mode="register" />
