import type { MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { MessagingDeps } from './deps.ts'
import { holdMessage, isUnread, restoreMember } from './member.ts'
import { insertRemoved } from './message-tables.ts'

/** Removes a message, or the line of an unsent one, from my view on all my devices; nobody else notices. */
export const deleteForMe =
  (deps: MessagingDeps) =>
  async (tx: Transaction, caller: Caller, input: { message_id: MessageId }): Promise<null> => {
    const { message, me } = await holdMessage(tx, caller.account_id, input.message_id)
    if (message.traceless === 1 && message.sender_id !== caller.account_id)
      throw new Refusal('not_found')
    if (message.seq <= me.cleared_seq) return null
    const unread = await isUnread(tx, me, message)
    const changed = await insertRemoved(tx, caller.account_id, message)
    if (changed === 0) return null
    await restoreMember(tx, { ...me, unread_count: me.unread_count - (unread ? 1 : 0) })
    await deps.sync.append(tx, [
      {
        account_id: caller.account_id,
        kind: kinds.messageRemoved,
        conversation_id: message.conversation_id,
        message_seq: message.seq,
      },
    ])
    return null
  }
