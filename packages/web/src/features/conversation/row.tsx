import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { RefusalCode } from '@takeback/protocol/refusals.ts'
import type { MessageStatus } from '@takeback/sdk/types.ts'
import { memo } from 'react'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Late } from '../../ui/late.tsx'
import { useNow } from '../../ui/use-now.ts'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import type { Item } from './items.ts'
import styles from './message-list.module.css'
import { MessageRow } from './message-row.tsx'
import { OutboxRow } from './outbox-row.tsx'
import { dayWords } from './sticky-day.tsx'
import type { RowActions } from './use-row-actions.ts'

export interface RowProps {
  item: Item
  others: readonly AccountSummary[]
  /** The one message that is in the tab order. */
  active: boolean
  /** Of the newest own message. */
  status: MessageStatus | null
  /** The menu's button, which only pointers that hover can bring up. */
  withButton: boolean
  /** The refusal that the composer explains at present. */
  explainedBelow: RefusalCode | null
  actions: RowActions
}

/** One line of the conversation, of whatever kind. */
export const Row = memo(function Row(props: RowProps) {
  const { item, others } = props
  switch (item.kind) {
    case 'message':
      return <MessageRow {...props} item={item} />
    case 'outbox':
      return <OutboxRow {...props} item={item} />
    case 'unsent':
      return (
        <p className={styles['unsent']}>{t('conversation.unsent_run', { count: item.count })}</p>
      )
    case 'day':
      return <DayRow day={item.day} />
    case 'unread':
      return (
        <div className={styles['unread']}>
          <span>{t('conversation.unread')}</span>
        </div>
      )
    case 'typing':
      return <TypingRow person={others[0]} />
    case 'start':
      return (
        <div className={styles['start']}>
          {item.hasOlder ? (
            <Late>
              <span
                className={styles['spinner']}
                role="img"
                aria-label={t('conversation.loading_older')}
              />
            </Late>
          ) : (
            t('conversation.beginning')
          )}
        </div>
      )
  }
})

function DayRow({ day }: { day: number }) {
  return (
    <div className={styles['day']}>
      <span className={styles['day-chip']}>{dayWords(day, useNow())}</span>
    </div>
  )
}

function TypingRow({ person }: { person: AccountSummary | undefined }) {
  if (person === undefined) return null
  return (
    <div className={styles['typing']} data-testid="typing">
      <Avatar id={person.id} name={person.display_name} size={28} />
      <span className={styles['dots']} aria-hidden="true">
        <span />
        <span />
        <span />
      </span>
      <VisuallyHidden>{t('conversation.typing', { name: person.display_name })}</VisuallyHidden>
    </div>
  )
}
