import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Caller } from '../caller.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { MessagingDeps } from './deps.ts'
import { hold } from './member.ts'
import { forgetRemoved } from './message-tables.ts'
import { setMember } from './tables.ts'

/**
 * Deletes the thread for me, on all my devices: everything up to now is gone from my view, and a
 * new message brings it back empty but for that message. Nobody else notices.
 */
export const deleteThread =
  (deps: MessagingDeps) =>
  async (
    tx: Transaction,
    caller: Caller,
    input: { conversation_id: ConversationId },
  ): Promise<null> => {
    const { me, conversation } = await hold(tx, caller.account_id, input.conversation_id)
    const { last_seq, created_at } = conversation
    if (me.hidden === 1 && me.cleared_seq === last_seq) return null
    await setMember(tx, {
      ...me,
      hidden: 1,
      unread_count: 0,
      read_seq: last_seq,
      cleared_seq: last_seq,
      last_message_seq: 0,
      last_activity_at: created_at,
    })
    await forgetRemoved(tx, caller.account_id, input.conversation_id, last_seq)
    await deps.sync.append(tx, [
      {
        account_id: caller.account_id,
        kind: kinds.conversationUpdated,
        conversation_id: input.conversation_id,
      },
    ])
    return null
  }
