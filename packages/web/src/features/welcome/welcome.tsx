import type { Problem } from '@takeback/protocol/refusals.ts'
import { Link, useLocation } from 'wouter'
import { t } from '../../texts/t.ts'
import { usePageTitle } from '../../ui/pane.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { SignUpForm } from './sign-up-form.tsx'
import styles from './welcome.module.css'

interface WelcomeProps {
  /** Why a session ended, when one did. */
  reason: Problem | null
}

export function Welcome({ reason }: WelcomeProps) {
  const [path] = useLocation()
  const signUp = path === '/sign-up'
  usePageTitle(signUp ? t('welcome.sign_up') : t('welcome.sign_in'))

  return (
    <main className={styles['page']}>
      <div className={styles['column']}>
        <header className={styles['intro']}>
          <p className={styles['name']}>
            <img src="/favicon.svg" alt="" width={32} height={32} />
            {t('app.name')}
          </p>
          <h1>{t('welcome.title')}</h1>
          <p className={styles['sentence']}>{t('welcome.sentence')}</p>
        </header>
        {reason && (
          <RefusalCard
            refusal={reason}
            tone={reason.code === 'not_signed_in' ? 'soft' : 'plain'}
            actions={{ retry: () => location.reload() }}
          />
        )}
        {signUp ? <SignUpForm /> : <SignInForm />}
        <Link className={styles['other']} href={signUp ? '/' : '/sign-up'}>
          {t(signUp ? 'welcome.to_sign_in' : 'welcome.to_sign_up')}
        </Link>
      </div>
    </main>
  )
}
