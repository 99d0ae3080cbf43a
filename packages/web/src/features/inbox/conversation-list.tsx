import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import { useLocation } from 'wouter'
import { useConversations, useMe } from '../../live.ts'
import { useGrowing } from '../../ui/use-growing.ts'
import { InboxRow } from './inbox-row.tsx'
import styles from './inbox.module.css'

interface ConversationListProps {
  folder: Conversation['folder']
  /** What screen readers call the list. */
  label: string
}

/** The conversations of a folder, as many as have been scrolled to. */
export function ConversationList({ folder, label }: ConversationListProps) {
  const { shown, endRef } = useGrowing(useConversations(folder), 60)
  const me = useMe()
  const [location] = useLocation()
  return (
    <>
      <ul className={styles['list']} aria-label={label}>
        {shown.map((conversation) => (
          <InboxRow
            key={conversation.id}
            conversation={conversation}
            me={me?.id}
            current={location === `/c/${conversation.id}`}
          />
        ))}
      </ul>
      <div ref={endRef} />
    </>
  )
}
