import type { LucideIcon } from 'lucide-react'
import type { ComponentPropsWithRef } from 'react'
import styles from './icon-button.module.css'

interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'children'> {
  icon: LucideIcon
  label: string
  look?: 'quiet' | 'primary'
}

/** A 44 px button that is only an icon; its label is its accessible name and its tooltip. */
export function IconButton({
  icon: Icon,
  label,
  look = 'quiet',
  className,
  ...rest
}: IconButtonProps) {
  const classes = [styles['button'], styles[look], className].filter(Boolean).join(' ')
  return (
    <button type="button" title={label} {...rest} aria-label={label} className={classes}>
      <Icon size={22} strokeWidth={2} aria-hidden="true" />
    </button>
  )
}
