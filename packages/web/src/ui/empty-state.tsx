import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './empty-state.module.css'

interface EmptyStateProps {
  icon: LucideIcon
  title: string
  text?: string
  action?: ReactNode
  /** `h1` where it is the whole screen. */
  heading?: 'h1' | 'h2'
}

/** Says what would stand here and how to get there. */
export function EmptyState({
  icon: Icon,
  title,
  text,
  action,
  heading: Heading = 'h2',
}: EmptyStateProps) {
  return (
    <div className={styles['state']}>
      <span className={styles['disc']}>
        <Icon size={28} strokeWidth={1.75} aria-hidden="true" />
      </span>
      <Heading className={styles['title']}>{title}</Heading>
      {text && <p>{text}</p>}
      {action}
    </div>
  )
}
