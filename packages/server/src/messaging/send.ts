import { createHash } from 'node:crypto'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import { canMessage } from '../policy/can-message.ts'
import { canBeText } from '../policy/text.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { MessagingDeps } from './deps.ts'
import { firstRefusal, readPairs } from './facts.ts'
import { authorize } from './member.ts'
import {
  addText,
  insertMessage,
  messageByClientId,
  noteNewMessage,
  takeSeq,
  type MessageRow,
} from './tables.ts'
import { toMessage } from './views.ts'

export interface SendInput {
  conversation_id: ConversationId
  client_id: ClientId
  text: string
}

/**
 * Sends a message: decides by policy, takes the conversation's next seq, and tells the log of every
 * member, all in this transaction.
 *
 * A client id that is known returns the message it became, with the same id and seq, also when it
 * has been unsent since; with another body it is `id_conflict` (S9, A2). Refusals leave nothing
 * behind, so the same client id may be tried again after one.
 */
export const send =
  (deps: MessagingDeps) =>
  async (tx: Transaction, caller: Caller, input: SendInput): Promise<Message> => {
    const unfit = canBeText(input.text)
    if (unfit !== null) throw unfit
    const known = await messageByClientId(tx, caller.account_id, input.client_id)
    if (known !== undefined) return retried(known, input, caller)

    const { others } = await authorize(tx, caller.account_id, input.conversation_id)
    const refusal = firstRefusal(await readPairs(deps, tx, caller.account_id, others), canMessage)
    if (refusal !== null) throw refusal

    const place = await takeSeq(tx, input.conversation_id)
    if (place === undefined) throw new Refusal('not_found')
    const row: MessageRow = {
      conversation_id: input.conversation_id,
      seq: place.last_seq,
      id: deps.ids.next<MessageId>(),
      sender_id: caller.account_id,
      client_id: input.client_id,
      body_hash: bodyHash(input),
      version: 1,
      sent_at: deps.clock(),
      text_id: await addText(tx, input.text),
      text: input.text,
      edited_at: null,
      edit_count: 0,
      unsent_at: null,
      traceless: 0,
    }
    await insertMessage(tx, row)
    const { connected } = deps.sync
    await noteNewMessage(
      tx,
      row,
      others.map((other) => other.account_id).filter((account) => connected.has(account)),
    )
    const event = { conversation_id: row.conversation_id, message_seq: row.seq }
    await deps.sync.append(tx, [
      { ...event, account_id: caller.account_id, kind: kinds.messageOwn },
      ...others.map((other) => ({
        ...event,
        account_id: other.account_id,
        kind: kinds.messageNew,
      })),
    ])
    return toMessage(row, caller.account_id)
  }

function retried(known: MessageRow, input: SendInput, caller: Caller): Message {
  // An unsent message has forgotten its body: whatever is tried under its id meets the tombstone.
  const same = known.body_hash === null || known.body_hash === bodyHash(input)
  if (!same || known.conversation_id !== input.conversation_id) throw new Refusal('id_conflict')
  return toMessage(known, caller.account_id)
}

const bodyHash = (input: SendInput): string =>
  createHash('sha256').update(input.text).digest('base64url').slice(0, 22)
