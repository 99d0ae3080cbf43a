import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { MessageId } from '@takeback/protocol/ids.ts'
import { useEffect, useRef } from 'react'
import { t } from '../../texts/t.ts'
import { announce } from '../../ui/announcer.tsx'

/** Reads new messages of others out politely; stops at once when one is taken back. */
export function useAnnouncements(
  messages: readonly Message[],
  others: readonly AccountSummary[],
  folding: ReadonlySet<MessageId>,
): void {
  const newest = messages.at(-1)
  const heard = useRef<number | null>(null)
  useEffect(() => {
    const before = heard.current
    if (newest === undefined) return
    heard.current = newest.seq
    // What stands there on opening is not news.
    if (before === null || newest.seq <= before || newest.text === null) return
    const sender = others.find(({ id }) => id === newest.sender_id)
    if (sender)
      announce(t('conversation.announce', { name: sender.display_name, text: newest.text }))
  }, [newest, others])

  useEffect(() => {
    if (folding.size > 0) announce('')
  }, [folding])
}
