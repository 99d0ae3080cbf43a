import type { MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import { canUnsend } from '../policy/can-change.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { NewEvent } from '../sync/tables.ts'
import type { MessagingDeps } from './deps.ts'
import { holdMessage, isUnread, restoreMember } from './member.ts'
import { destroyContent, type MessageRow } from './message-tables.ts'
import { pendingIn } from './request-tables.ts'
import { dropRequest } from './requests.ts'
import { markAllFetched, membersOf, setMember, type MemberRow } from './tables.ts'

/**
 * Takes one's own message back from everybody, for good: text, edit history and previews go, unread
 * counts and newest messages are set as if it were not there, and everyone who received it is told
 * (U1, U2). Again is the same answer.
 *
 * If no device of any other member has been handed it, it leaves no trace: the others are told
 * nothing, for there is nothing to take back. Otherwise a line without content stays.
 */
export const unsend =
  (deps: MessagingDeps) =>
  async (tx: Transaction, caller: Caller, input: { message_id: MessageId }): Promise<null> => {
    if (tx.unrecordedReads) {
      // The disk was full when somebody read: nobody knows who, so anybody may have fetched anything.
      await markAllFetched(tx)
      tx.recordedAll()
    }
    const { message, me, others } = await holdMessage(tx, caller.account_id, input.message_id)
    if (message.sender_id !== caller.account_id) throw new Refusal('not_found')
    if (message.unsent_at !== null) return null
    const refusal = canUnsend(message, deps.rules.unsendWindow, deps.clock())
    if (refusal !== null) throw refusal

    const traceless = others.every((other) => other.fetched_seq < message.seq)
    const unreadBy = new Set<MemberRow>()
    for (const other of others) if (await isUnread(tx, other, message)) unreadBy.add(other)
    await destroyContent(tx, message, traceless, deps.clock())
    for (const member of [me, ...others])
      await withdraw(tx, member, message, traceless, unreadBy.has(member))
    const asked = others.some(({ folder }) => folder === 'requests')
    const dropped = asked ? await withdrawRequest(tx, message) : []

    const event = { conversation_id: message.conversation_id, message_seq: message.seq }
    await deps.sync.append(
      tx,
      traceless
        ? [{ ...event, account_id: me.account_id, kind: kinds.messageRemoved }]
        : [
            ...[me, ...others].map((member) => ({
              ...event,
              account_id: member.account_id,
              kind: kinds.messageUpdated,
            })),
            ...dropped,
          ],
    )
    return null
  }

/** A request that is taken back before it was answered is gone from the folder, line and badge with it. */
async function withdrawRequest(tx: Transaction, message: MessageRow): Promise<NewEvent[]> {
  const events: NewEvent[] = []
  for (const member of await membersOf(tx, [message.conversation_id])) {
    const request = await pendingIn(tx, message.conversation_id, member.account_id)
    if (request?.message_seq === message.seq)
      events.push(...(await dropRequest(tx, request, member, 'withdrawn')))
  }
  return events
}

async function withdraw(
  tx: Transaction,
  member: MemberRow,
  message: MessageRow,
  traceless: boolean,
  wasUnread: boolean,
): Promise<void> {
  const counted = {
    ...member,
    unread_count: Math.max(0, member.unread_count - (wasUnread ? 1 : 0)),
  }
  // Without a trace, even the time of the last activity goes back to what it was.
  if (traceless || message.seq === member.last_message_seq) await restoreMember(tx, counted)
  else await setMember(tx, counted)
}
