import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Caller } from '../caller.ts'
import { canSignal } from '../policy/can-message.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { NewEvent } from '../sync/tables.ts'
import type { MessagingDeps } from './deps.ts'
import { readPairs } from './facts.ts'
import { authorize, hold } from './member.ts'
import {
  countUnread,
  lockConversations,
  newestVisible,
  setMember,
  touchOthers,
  type MemberRow,
} from './tables.ts'
import { viewConversation } from './views.ts'

/** I have read up to `seq`: my unread count falls on all my devices, and the others get a receipt. */
export const read =
  (deps: MessagingDeps) =>
  async (
    tx: Transaction,
    caller: Caller,
    input: { conversation_id: ConversationId; seq: number },
  ): Promise<Conversation> => {
    const { me, others } = await hold(tx, caller.account_id, input.conversation_id)
    // No further than what I can see: how far the conversation goes may be the trace of an unsend.
    const newest = await newestVisible(tx, me, false)
    const seq = Math.min(input.seq, newest?.seq ?? 0)
    if (seq > me.read_seq) {
      const counted = await countUnread(tx, me, Math.max(me.read_seq, me.cleared_seq), seq)
      const unread_count = Math.max(0, me.unread_count - Number(counted?.count ?? 0))
      const changed: MemberRow = { ...me, read_seq: seq, unread_count }
      const receipts = await show(deps, tx, changed, others, { delivered: seq, read: seq })
      await deps.sync.append(tx, [updated(changed), ...receipts])
    }
    return viewConversation(tx, caller.account_id, input.conversation_id)
  }

/** A device has durably applied its log up to `seq` (S10): senders see their messages as delivered. */
export const acknowledge =
  (deps: MessagingDeps) =>
  async (tx: Transaction, caller: Caller, input: { epoch: string; seq: number }): Promise<null> => {
    const events: NewEvent[] = []
    const received = await deps.sync.received(tx, caller, input)
    await lockConversations(
      tx,
      received.map(({ conversation_id }) => conversation_id),
    )
    for (const { conversation_id, seq } of received) {
      const { me, others } = await authorize(tx, caller.account_id, conversation_id)
      if (seq > me.shown_delivered_seq)
        events.push(...(await show(deps, tx, me, others, { delivered: seq, read: 0 })))
    }
    await deps.sync.acknowledge(tx, caller, input, events)
    return null
  }

/**
 * Stores my member row with its shown marks raised, if signals may pass between us, and returns the
 * events that tell the others. What was not shown at its time is not shown later by itself: the
 * marks that others see are kept apart from those that count.
 */
async function show(
  deps: MessagingDeps,
  tx: Transaction,
  me: MemberRow,
  others: readonly MemberRow[],
  marks: { delivered: number; read: number },
): Promise<NewEvent[]> {
  const pairs = await readPairs(deps, tx, me.account_id, others)
  const shown = pairs.every(canSignal)
  await setMember(
    tx,
    shown
      ? {
          ...me,
          shown_delivered_seq: Math.max(me.shown_delivered_seq, marks.delivered),
          shown_read_seq: Math.max(me.shown_read_seq, marks.read),
        }
      : me,
  )
  if (!shown) return []
  await touchOthers(tx, me.conversation_id, me.account_id)
  return others.map(updated)
}

const updated = (member: MemberRow): NewEvent => ({
  account_id: member.account_id,
  kind: kinds.conversationUpdated,
  conversation_id: member.conversation_id,
})
