import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import { useState } from 'react'
import { t } from '../../texts/t.ts'
import { DownIcon } from '../../ui/icons.ts'
import styles from './message-list.module.css'

interface ScrollChipProps {
  atBottom: boolean
  messages: readonly Message[]
  me: string
  onJump: () => void
}

/** The way back down; says how many messages came in meanwhile. */
export function ScrollChip({ atBottom, messages, me, onJump }: ScrollChipProps) {
  const newest = messages.at(-1)?.seq ?? 0
  const [leftAt, setLeftAt] = useState(newest)
  if (atBottom && leftAt !== newest) setLeftAt(newest)
  if (atBottom) return null
  let count = 0
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]
    if (message === undefined || message.seq <= leftAt) break
    if (message.sender_id !== me && message.unsent_at === null) count += 1
  }
  return (
    <button
      type="button"
      className={styles['jump']}
      data-new={count > 0 || undefined}
      aria-label={count > 0 ? undefined : t('conversation.jump')}
      onClick={onJump}
    >
      {count > 0 && <span>{t('conversation.new_messages', { count })}</span>}
      <DownIcon size={20} aria-hidden="true" />
    </button>
  )
}
