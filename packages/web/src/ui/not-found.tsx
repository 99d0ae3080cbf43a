import { Link } from 'wouter'
import { t } from '../texts/t.ts'
import buttonStyles from './button.module.css'
import { EmptyState } from './empty-state.tsx'
import { AlertIcon } from './icons.ts'
import { usePageTitle } from './pane.tsx'

/** An address that leads nowhere, and the way home. */
export function NotFound({ heading }: { heading: 'h1' | 'h2' }) {
  usePageTitle(t('app.not_found'))
  return (
    <EmptyState
      icon={AlertIcon}
      heading={heading}
      title={t('app.not_found')}
      text={t('app.not_found_text')}
      action={
        <Link href="/" className={`${buttonStyles['button']} ${buttonStyles['primary']}`}>
          {t('app.home')}
        </Link>
      }
    />
  )
}
