import type { OpenConversation, Verdict } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal, type RefusalCode } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import { canMessage, canReply, isRequest } from '../policy/can-message.ts'
import type { Reader, Transaction } from '../store/store.ts'
import type { MessagingDeps } from './deps.ts'
import { firstRefusal, readPairs } from './facts.ts'
import { authorize } from './member.ts'
import { conversationByKey, insertConversation, insertMember, lockConversations } from './tables.ts'
import { viewConversation } from './look.ts'

/** At most one direct conversation for two people, whoever opens it, however often. */
export const directKey = (a: AccountId, b: AccountId): string => [a, b].toSorted().join(':')

/** The conversation with a person, made if there is none. It stays hidden until something is sent. */
export const openConversation =
  (deps: MessagingDeps) =>
  async (
    tx: Transaction,
    caller: Caller,
    input: { account_id: AccountId },
  ): Promise<OpenConversation> => {
    if (input.account_id === caller.account_id)
      throw new Refusal('invalid_input', { detail: 'account_id is your own.' })
    // Held, so that two who open at once, or one who blocks meanwhile, come one after the other.
    await deps.graph.lockAccounts(tx, [caller.account_id, input.account_id])
    const [pair] = await readPairs(deps, tx, caller.account_id, [input])
    if (pair === undefined) throw new Refusal('not_found')

    const key = directKey(caller.account_id, input.account_id)
    const known = await conversationByKey(tx, key)
    const id = known?.id ?? (await create(deps, tx, key, caller.account_id, input.account_id))
    await lockConversations(tx, [id])
    return view(deps, tx, caller, id)
  }

async function create(
  { graph, ids, clock }: MessagingDeps,
  tx: Transaction,
  key: string,
  me: AccountId,
  other: AccountId,
): Promise<ConversationId> {
  const id = ids.next<ConversationId>()
  const now = clock()
  await insertConversation(tx, id, 'direct', key, now)
  const [pair] = await graph.pairs(tx, [{ me, them: other }])
  await insertMember(tx, id, me, pair?.blocked === 1 ? 'blocked' : 'inbox', now)
  await insertMember(tx, id, other, pair?.blocked_by === 1 ? 'blocked' : 'inbox', now)
  return id
}

export const getConversation =
  (deps: MessagingDeps) =>
  async (
    tx: Reader,
    caller: Caller,
    input: { conversation_id: ConversationId },
  ): Promise<OpenConversation> =>
    view(deps, tx, caller, input.conversation_id)

async function view(
  deps: MessagingDeps,
  tx: Reader,
  caller: Caller,
  id: ConversationId,
): Promise<OpenConversation> {
  const { others } = await authorize(tx, caller.account_id, id)
  const pairs = await readPairs(deps, tx, caller.account_id, others)
  return {
    ...(await viewConversation(tx, caller.account_id, id)),
    can_send: {
      ...toVerdict(firstRefusal(pairs, canMessage)),
      ...(pairs.some(isRequest) ? { as_request: true } : {}),
    },
    can_reply: toVerdict(firstRefusal(pairs, canReply)),
  }
}

function toVerdict(refusal: Refusal | null): Verdict {
  if (refusal === null) return { allowed: true }
  const { row, extras } = refusal
  const code: RefusalCode = refusal.code
  return {
    allowed: false,
    code,
    sentence: row.sentence,
    remedies: [...(extras.remedies ?? row.remedies)],
    ...(extras.until === undefined ? {} : { until: extras.until }),
  }
}
