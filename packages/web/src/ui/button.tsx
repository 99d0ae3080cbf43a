import type { ComponentPropsWithRef, ReactNode } from 'react'
import { t } from '../texts/t.ts'
import styles from './button.module.css'

interface ButtonProps extends ComponentPropsWithRef<'button'> {
  /** primary: the one thing to do · plain: beside it · quiet: no frame · retract: takes back or destroys. */
  look?: 'primary' | 'plain' | 'quiet' | 'retract'
  size?: 'regular' | 'small' | 'wide'
  busy?: boolean
  children: ReactNode
}

export function Button({
  look = 'plain',
  size = 'regular',
  busy = false,
  className,
  children,
  ...rest
}: ButtonProps) {
  const classes = [styles['button'], styles[look], styles[size], className]
    .filter(Boolean)
    .join(' ')
  return (
    <button
      type="button"
      {...rest}
      className={classes}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : rest.onClick}
    >
      <span className={styles['words']}>{children}</span>
      {busy && <span className={styles['spinner']} role="img" aria-label={t('app.loading')} />}
    </button>
  )
}
