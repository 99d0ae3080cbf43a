import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Reader } from '../store/store.ts'
import type { AskedConversations, AskedMessages, Look, MessageSeen } from '../sync/views.ts'
import { messagesAt, removedWithin, type MessageRow, type Stretch } from './message-tables.ts'
import { requireFetched, type Handed } from './fetched.ts'
import { namedMembers, visibleConversationsOf, type NamedMemberRow } from './tables.ts'
import { toConversation, toMessage } from './views.ts'

/**
 * Looks things up for several people within one read. Nothing changes meanwhile, so each row is read
 * once however many of them ask for it, and in one statement for all.
 */
export function createLook(tx: Reader): Look {
  const members = new Map<ConversationId, NamedMemberRow[]>()
  /** By conversation, then by seq. */
  const rows = new Map<ConversationId, Map<number, MessageRow>>()

  async function needMembers(ids: readonly ConversationId[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !members.has(id))
    if (missing.length === 0) return
    for (const id of missing) members.set(id, [])
    for (const row of await namedMembers(tx, missing)) members.get(row.conversation_id)?.push(row)
  }

  async function needRows(asked: readonly AskedMessages[]): Promise<void> {
    const missing = new Map<ConversationId, Set<number>>()
    for (const { places } of asked)
      for (const { conversation_id, seq } of places) {
        if (rows.get(conversation_id)?.has(seq) === true) continue
        const seqs = missing.get(conversation_id)
        if (seqs === undefined) missing.set(conversation_id, new Set([seq]))
        else seqs.add(seq)
      }
    const places = [...missing].flatMap(([conversation_id, seqs]) =>
      [...seqs].map((seq) => ({ conversation_id, seq })),
    )
    for (const row of await messagesAt(tx, places)) {
      const known = rows.get(row.conversation_id)
      if (known === undefined) rows.set(row.conversation_id, new Map([[row.seq, row]]))
      else known.set(row.seq, row)
    }
  }

  const memberOf = (viewer: AccountId, conversation: ConversationId) =>
    members.get(conversation)?.find((member) => member.account_id === viewer)

  async function messages(asked: readonly AskedMessages[]): Promise<MessageSeen[][]> {
    const stretches = stretchesOf(asked)
    const [removals] = await Promise.all([
      removedWithin(tx, stretches),
      needMembers(stretches.map(({ conversation_id }) => conversation_id)),
      needRows(asked),
    ])
    const removed = new Set(removals.map((row) => removalKey(row.account_id, row)))
    const handed: Handed[] = []
    const seen = asked.map(({ viewer, places }) =>
      places.flatMap((place) => {
        const row = rows.get(place.conversation_id)?.get(place.seq)
        const me = memberOf(viewer, place.conversation_id)
        if (row === undefined || me === undefined) return []
        // There for a viewer unless it left no trace, lies in a deleted thread, or was removed by them.
        const visible =
          row.traceless === 0 &&
          row.seq > me.cleared_seq &&
          (removed.size === 0 || !removed.has(removalKey(viewer, place)))
        // A tombstone has nothing to fetch; what is invisible is not handed out.
        if (visible && row.unsent_at === null && row.seq > me.fetched_seq)
          handed.push({ ...row, account_id: viewer, fetched_seq: me.fetched_seq })
        return { ...place, id: row.id, message: visible ? toMessage(row, viewer) : null }
      }),
    )
    await requireFetched(tx, handed)
    return seen
  }

  async function conversations(asked: readonly AskedConversations[]): Promise<Conversation[][]> {
    await needMembers(asked.flatMap(({ ids }) => ids))
    const mine = asked.map(({ viewer, ids }) => ids.flatMap((id) => memberOf(viewer, id) ?? []))
    const last = await messages(
      asked.map(({ viewer }, index) => ({
        viewer,
        places: (mine[index] ?? [])
          .filter((row) => row.last_message_seq > 0)
          .map((row) => ({ conversation_id: row.conversation_id, seq: row.last_message_seq })),
      })),
    )
    return mine.map((all, index) => {
      const newest = new Map(last[index]?.map((seen) => [seen.conversation_id, seen.message]))
      return all.map((row) =>
        toConversation(
          row,
          members.get(row.conversation_id) ?? [],
          newest.get(row.conversation_id) ?? null,
        ),
      )
    })
  }

  return { messages, conversations }
}

const removalKey = (
  viewer: AccountId,
  { conversation_id, seq }: { conversation_id: ConversationId; seq: number },
): string => `${viewer} ${conversation_id} ${seq}`

/** For each person and conversation, from the first to the last place that is asked for. */
function stretchesOf(asked: readonly AskedMessages[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const { viewer, places } of asked) {
    const mine = new Map<ConversationId, Stretch>()
    for (const { conversation_id, seq } of places) {
      const known = mine.get(conversation_id)
      if (known === undefined)
        mine.set(conversation_id, { account_id: viewer, conversation_id, from: seq, through: seq })
      else {
        known.from = Math.min(known.from, seq)
        known.through = Math.max(known.through, seq)
      }
    }
    stretches.push(...mine.values())
  }
  return stretches
}

/** Conversations as `viewer` sees them, each with its newest live message, in the order of `ids`. */
export async function viewConversations(
  tx: Reader,
  viewer: AccountId,
  ids: readonly ConversationId[],
): Promise<Conversation[]> {
  const [found = []] = await createLook(tx).conversations([{ viewer, ids }])
  return found
}

/** Everything that is not hidden, for a snapshot. */
export async function viewInbox(tx: Reader, viewer: AccountId): Promise<Conversation[]> {
  const rows = await visibleConversationsOf(tx, viewer)
  return viewConversations(
    tx,
    viewer,
    rows.map((row) => row.conversation_id),
  )
}

/** @throws Refusal not_found */
export async function viewConversation(
  tx: Reader,
  viewer: AccountId,
  id: ConversationId,
): Promise<Conversation> {
  const [conversation] = await viewConversations(tx, viewer, [id])
  if (conversation === undefined) throw new Refusal('not_found')
  return conversation
}
