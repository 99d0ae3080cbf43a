import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { MessageStatus, OutboxEntry } from '@takeback/sdk/types.ts'
import { t } from '../texts/t.ts'
import { Avatar } from './avatar.tsx'
import { AlertIcon, CheckIcon, ClockIcon, DoubleCheckIcon, RingIcon } from './icons.ts'
import styles from './status-mark.module.css'

export type AnyStatus = MessageStatus | OutboxEntry['status']

const icons = {
  queued: ClockIcon,
  sending: RingIcon,
  sent: CheckIcon,
  delivered: DoubleCheckIcon,
  failed: AlertIcon,
} as const

interface StatusMarkProps {
  status: AnyStatus
  /** Who has read it, for the dot. */
  reader?: Pick<AccountSummary, 'id' | 'display_name'> | undefined
}

/** One small mark that says how far an own message has got; a word for screen readers. */
export function StatusMark({ status, reader }: StatusMarkProps) {
  const label = t(`conversation.status.${status}`)
  if (status === 'read')
    return (
      <span className={styles['mark']} role="img" aria-label={label} title={label}>
        <Avatar id={reader?.id ?? ''} name={reader?.display_name ?? ''} size={16} />
      </span>
    )
  const Icon = icons[status]
  return (
    <span
      className={`${styles['mark']} ${styles[status] ?? ''}`}
      role="img"
      aria-label={label}
      title={label}
    >
      <Icon size={status === 'delivered' ? 16 : 14} strokeWidth={2.25} aria-hidden="true" />
    </span>
  )
}
