import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Outcome } from '../batch.ts'
import type { Caller } from '../caller.ts'
import { canSignal } from '../policy/can-message.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { Ack } from '../sync/ack.ts'
import type { NewEvent, Received } from '../sync/tables.ts'
import type { MessagingDeps } from './deps.ts'
import { readPairs, readPairsOfMany } from './facts.ts'
import { hold } from './member.ts'
import { countUnread, newestVisible } from './message-tables.ts'
import {
  lockConversations,
  membersOf,
  raiseDelivered,
  setMember,
  touchOthers,
  type MemberRow,
} from './tables.ts'
import { viewConversation } from './look.ts'

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

/**
 * Devices have durably applied their logs (S10): senders see their messages as delivered. Like
 * sends, acks come in batches, each with an outcome of its own.
 */
export const acknowledge =
  (deps: MessagingDeps) =>
  async (tx: Transaction, acks: readonly Ack[]): Promise<Outcome<null>[]> => {
    const { outcomes, accepted, received } = await deps.sync.checkAcks(tx, acks)
    await deps.sync.markAcks(tx, accepted, await showDelivered(deps, tx, received))
    return outcomes
  }

/** Raises what others are shown as delivered, as far as signals may pass; returns what tells them. */
async function showDelivered(
  deps: MessagingDeps,
  tx: Transaction,
  received: readonly Received[],
): Promise<NewEvent[]> {
  if (received.length === 0) return []
  const ids = [...new Set(received.map(({ conversation_id }) => conversation_id))]
  const [, memberRows] = await Promise.all([lockConversations(tx, ids), membersOf(tx, ids)])
  const members = Map.groupBy(memberRows, (row) => row.conversation_id)
  const others = ({ conversation_id, account_id }: Received) =>
    (members.get(conversation_id) ?? []).filter((member) => member.account_id !== account_id)
  const pairs = await readPairsOfMany(
    deps,
    tx,
    received.flatMap((one) =>
      others(one).map((other) => ({ me: one.account_id, them: other.account_id })),
    ),
  )
  const maySignal = (one: Received) =>
    others(one).every((other) => {
      const pair = pairs.get(one.account_id)?.get(other.account_id)
      return pair !== undefined && canSignal(pair)
    })
  const marks = new Map<MemberRow, number>()
  const told = new Set<MemberRow>()
  for (const one of received) {
    const me = members.get(one.conversation_id)?.find((row) => row.account_id === one.account_id)
    if (me === undefined || one.seq <= me.shown_delivered_seq || !maySignal(one)) continue
    marks.set(me, Math.max(marks.get(me) ?? 0, one.seq))
    for (const other of others(one)) {
      told.add(other)
      if (!marks.has(other)) marks.set(other, 0)
    }
  }
  await raiseDelivered(
    tx,
    [...marks].map(([{ conversation_id, account_id }, seq]) => ({
      conversation_id,
      account_id,
      seq,
    })),
  )
  return [...told].map(updated)
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
