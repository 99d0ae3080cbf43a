import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import { dayOf, REQUEST_LIFE } from '../policy/can-message.ts'
import type { RequestState } from '../policy/facts.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { NewEvent } from '../sync/tables.ts'
import type { MessagingDeps } from './deps.ts'
import { viewConversation } from './look.ts'
import { hold, isUnread, restoreMember } from './member.ts'
import { insertRemoved, messageBySeq } from './message-tables.ts'
import {
  answerRequests,
  forgetRequestDays,
  pendingFor,
  pendingIn,
  pendingSince,
  type RequestRow,
} from './request-tables.ts'
import { setMember, type MemberRow } from './tables.ts'

/** How many requests are declined or expire in one transaction. */
const AT_ONCE = 100

interface InConversation {
  conversation_id: ConversationId
}

/** The conversation moves to my inbox, and both of us can write. Again is the same answer. */
export const acceptRequest =
  (deps: MessagingDeps) =>
  async (tx: Transaction, caller: Caller, input: InConversation): Promise<Conversation> => {
    const { me } = await hold(tx, caller.account_id, input.conversation_id)
    const request = await pendingIn(tx, input.conversation_id, caller.account_id)
    if (request !== undefined && !isExpired(request, deps.clock())) {
      await answerRequests(tx, [request], 'accepted')
      await setMember(tx, { ...me, folder: 'inbox' })
      await deps.sync.append(tx, [conversationUpdated(me), ...verdictsChanged(request)])
    } else if (me.folder === 'requests') throw new Refusal('not_found')
    return viewConversation(tx, caller.account_id, input.conversation_id)
  }

/** The request is gone for me; whoever asked is told nothing and sees it waiting. Again is the same answer. */
export const declineRequest =
  (deps: MessagingDeps) =>
  async (tx: Transaction, caller: Caller, input: InConversation): Promise<null> => {
    const { me } = await hold(tx, caller.account_id, input.conversation_id)
    const request = await pendingIn(tx, input.conversation_id, caller.account_id)
    if (request !== undefined)
      await deps.sync.append(tx, await dropRequest(tx, request, me, 'declined'))
    return null
  }

/** Declines all that wait for me, as many at once as a transaction should take. */
export const declineAllRequests =
  (deps: MessagingDeps) =>
  async (caller: Caller): Promise<null> => {
    for (;;) {
      const count = await deps.store.transact((tx) => declineSome(deps, tx, caller))
      if (count < AT_ONCE) return null
    }
  }

async function declineSome(deps: MessagingDeps, tx: Transaction, caller: Caller): Promise<number> {
  const requests = (await pendingFor(tx, caller.account_id, AT_ONCE)).toSorted(byConversation)
  await deps.sync.append(tx, await dropAll(tx, requests, 'declined'))
  return requests.length
}

/** Requests that nobody answered in time leave the folder. */
export const expireRequests = (deps: MessagingDeps) => async (): Promise<void> => {
  await deps.store.transact((tx) => forgetRequestDays(tx, dayOf(deps.clock()) - 1))
  for (;;) {
    const count = await deps.store.transact(async (tx) => {
      const requests = await pendingSince(tx, deps.clock() - REQUEST_LIFE, AT_ONCE)
      await deps.sync.append(tx, await dropAll(tx, requests.toSorted(byConversation), 'expired'))
      return requests.length
    })
    if (count < AT_ONCE) return
  }
}

async function dropAll(
  tx: Transaction,
  requests: readonly RequestRow[],
  state: RequestState,
): Promise<NewEvent[]> {
  const events: NewEvent[] = []
  for (const { conversation_id, recipient_id } of requests) {
    const { me } = await hold(tx, recipient_id, conversation_id)
    // Answered before it was held, perhaps.
    const request = await pendingIn(tx, conversation_id, recipient_id)
    if (request !== undefined) events.push(...(await dropRequest(tx, request, me, state)))
  }
  return events
}

/**
 * Takes a request out of its recipient's view, and back to their inbox what else the two may have
 * said before. Returns the events that tell the recipient's devices.
 */
export async function dropRequest(
  tx: Transaction,
  request: RequestRow,
  recipient: MemberRow,
  state: RequestState,
): Promise<NewEvent[]> {
  await answerRequests(tx, [request], state)
  const folder = recipient.folder === 'requests' ? 'inbox' : recipient.folder
  const message = await messageBySeq(tx, request.conversation_id, request.message_seq)
  if (message === undefined) throw new Error('A request has no message.')
  const unread = await isUnread(tx, recipient, message)
  await insertRemoved(tx, recipient.account_id, message)
  const unread_count = recipient.unread_count - (unread ? 1 : 0)
  await restoreMember(tx, { ...recipient, folder, unread_count })
  return [
    {
      account_id: recipient.account_id,
      kind: kinds.messageRemoved,
      conversation_id: request.conversation_id,
      message_seq: request.message_seq,
    },
    conversationUpdated(recipient),
  ]
}

/** What each of the two may do has changed, and both are told, as after a follow. */
export const verdictsChanged = ({
  sender_id,
  recipient_id,
}: Pick<RequestRow, 'sender_id' | 'recipient_id'>): NewEvent[] => [
  { account_id: sender_id, kind: kinds.relationUpdated, subject_id: recipient_id },
  { account_id: recipient_id, kind: kinds.relationUpdated, subject_id: sender_id },
]

const isExpired = ({ requested_at }: RequestRow, now: number): boolean =>
  now - requested_at >= REQUEST_LIFE

/** Conversations are held in the order of their ids. */
const byConversation = (a: RequestRow, b: RequestRow): number =>
  a.conversation_id < b.conversation_id ? -1 : 1

const conversationUpdated = (member: MemberRow): NewEvent => ({
  account_id: member.account_id,
  kind: kinds.conversationUpdated,
  conversation_id: member.conversation_id,
})
