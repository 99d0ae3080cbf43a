import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Caller } from '../caller.ts'
import { canSignal } from '../policy/can-message.ts'
import type { Reader } from '../store/store.ts'
import type { MessagingDeps } from './deps.ts'
import { readPairs } from './facts.ts'
import { authorize } from './member.ts'

/** Shows the others that I am typing, as far as signals may pass between us. Nothing is stored. */
export const typing =
  (deps: MessagingDeps) =>
  async (tx: Reader, caller: Caller, input: { conversation_id: ConversationId }): Promise<null> => {
    const { others } = await authorize(tx, caller.account_id, input.conversation_id)
    const pairs = await readPairs(deps, tx, caller.account_id, others)
    if (!pairs.every(canSignal)) return null
    for (const { account_id } of others)
      deps.publish({
        type: 'typing',
        account_id,
        conversation_id: input.conversation_id,
        by: caller.account_id,
      })
    return null
  }
