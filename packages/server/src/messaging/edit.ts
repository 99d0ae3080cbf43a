import type { Message, MessageEdit } from '@takeback/protocol/endpoints/messages.ts'
import type { MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import { canEdit } from '../policy/can-change.ts'
import { canAdd } from '../policy/can-message.ts'
import { canBeText } from '../policy/text.ts'
import type { Reader, Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { MessagingDeps } from './deps.ts'
import { firstRefusal, readPairs } from './facts.ts'
import { authorizeMessage, holdMessage, isThere } from './member.ts'
import { editsOf, messageById, replaceText } from './message-tables.ts'
import { toMessage } from './views.ts'

/**
 * Replaces the text of one's own message, within the operator's window and count. What could not be
 * sent now cannot be edited in either: an edit is new content for the same people (X1).
 */
export const edit =
  (deps: MessagingDeps) =>
  async (
    tx: Transaction,
    caller: Caller,
    input: { message_id: MessageId; text: string },
  ): Promise<Message> => {
    const unfit = canBeText(input.text)
    if (unfit !== null) throw unfit
    const { message, me, others } = await holdMessage(tx, caller.account_id, input.message_id)
    const mine = message.sender_id === caller.account_id
    if (message.unsent_at !== null && mine) throw new Refusal('message_gone')
    if (!mine || !(await isThere(tx, me, message))) throw new Refusal('not_found')
    // A retry of an edit whose answer was lost changes nothing, so it is neither late nor one too many.
    const unchanged = message.text === input.text
    const refusal =
      (unchanged ? null : canEdit(message, deps.rules.edit, deps.clock())) ??
      firstRefusal(await readPairs(deps, tx, caller.account_id, others), canAdd)
    if (refusal !== null) throw refusal
    if (unchanged) return toMessage(message, caller.account_id)

    await replaceText(tx, message, input.text, deps.clock())
    await deps.sync.append(
      tx,
      [me, ...others].map((member) => ({
        account_id: member.account_id,
        kind: kinds.messageUpdated,
        conversation_id: message.conversation_id,
        message_seq: message.seq,
      })),
    )
    const edited = await messageById(tx, message.id)
    return toMessage(edited ?? message, caller.account_id)
  }

/** Earlier texts of a message, for everybody who can see it; they die with it. */
export async function listEdits(
  tx: Reader,
  caller: Caller,
  input: { message_id: MessageId },
): Promise<{ items: MessageEdit[]; next_cursor: null }> {
  const { message, me } = await authorizeMessage(tx, caller.account_id, input.message_id)
  if (!(await isThere(tx, me, message))) throw new Refusal('not_found')
  if (message.unsent_at !== null) throw new Refusal('message_gone')
  const edits = await editsOf(tx, message.id)
  return { items: edits.map(({ text, written_at }) => ({ text, written_at })), next_cursor: null }
}
