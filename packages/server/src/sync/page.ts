import type { EventPage, LogEvent } from '@takeback/protocol/events.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Reset, Snapshot } from '@takeback/protocol/endpoints/sync.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Reader } from '../store/store.ts'
import { kinds } from './kinds.ts'
import { eventsAfter, logState, type LogRow } from './tables.ts'
import type { MessagePlace, MessageSeen, Views } from './views.ts'

/** Most events of one page. */
export const MAX_PAGE_EVENTS = 200
/**
 * A page takes another event only while it is within this many bytes of JSON, so that what waits
 * for a slow reader stays bounded. (PROMISES: S2)
 */
const MAX_PAGE_BYTES = 64 * 1024
/** What an entity takes besides its text, bytes; generous. */
const ENTITY_BYTES = 600

export interface PageRequest {
  epoch: string
  after: number
  limit?: number
}

/**
 * Reads a person's log past a cursor and looks up what it names as it is now. A cursor of another
 * epoch, older than the log, or ahead of it gets `reset` (S6).
 */
export const page =
  (epoch: () => string, views: Views) =>
  async (tx: Reader, viewer: AccountId, request: PageRequest): Promise<EventPage | Reset> => {
    const log = await logState(tx, viewer)
    const head = log?.head ?? 0
    const reachable = request.after >= (log?.trimmed_seq ?? 0) && request.after <= head
    if (request.epoch !== epoch() || !reachable) return { type: 'reset', epoch: epoch(), head }

    const limit = Math.min(request.limit ?? MAX_PAGE_EVENTS, MAX_PAGE_EVENTS)
    const rows = await eventsAfter(tx, viewer, request.after, limit)
    const seen = await lookUpMessages(tx, viewer, rows, views)
    const named = await views.conversations(
      tx,
      viewer,
      unique(rows.map((row) => row.conversation_id)),
    )
    const kept = rows.slice(0, withinBound(rows, seen, named))
    const events = kept.flatMap((row) => toEvent(row, seen))
    const keptIds = new Set(kept.map((row) => row.conversation_id))
    const conversations = named.filter(({ id }) => keptIds.has(id))
    const riding = new Set(conversations.map((conversation) => conversation.last_message?.id))
    const accountIds = unique(kept.map((row) => row.subject_id))
    return {
      type: 'events',
      epoch: epoch(),
      after: request.after,
      through: kept.at(-1)?.seq ?? request.after,
      head,
      events,
      messages: messagesOf(kept, seen).filter((message) => !riding.has(message.id)),
      conversations,
      accounts: accountIds.length === 0 ? [] : await views.profiles(tx, viewer, accountIds),
      ...(kept.some((row) => row.kind === kinds.meUpdated)
        ? { me: await views.me(tx, viewer) }
        : {}),
    }
  }

/** Everything a device starts from, of one committed state (S7). */
export const snapshot =
  (epoch: () => string, views: Views) =>
  async (tx: Reader, viewer: AccountId): Promise<Snapshot> => ({
    type: 'snapshot',
    epoch: epoch(),
    seq: (await logState(tx, viewer))?.head ?? 0,
    me: await views.me(tx, viewer),
    conversations: await views.inbox(tx, viewer),
  })

const placeKey = (place: MessagePlace) => `${place.conversation_id}:${place.seq}`

const placeOf = (row: LogRow): MessagePlace | null =>
  row.conversation_id === null || row.message_seq === null
    ? null
    : { conversation_id: row.conversation_id, seq: row.message_seq }

async function lookUpMessages(
  tx: Reader,
  viewer: AccountId,
  rows: readonly LogRow[],
  views: Views,
): Promise<Map<string, MessageSeen>> {
  const places = new Map<string, MessagePlace>()
  for (const row of rows) {
    const place = placeOf(row)
    if (place !== null) places.set(placeKey(place), place)
  }
  if (places.size === 0) return new Map()
  const seen = await views.messages(tx, viewer, [...places.values()])
  return new Map(seen.map((message) => [placeKey(message), message]))
}

/** How many rows fit: always one, then as many as what they bring along allows. */
function withinBound(
  rows: readonly LogRow[],
  seen: Map<string, MessageSeen>,
  conversations: readonly Conversation[],
): number {
  const lastTexts = new Map(conversations.map(({ id, last_message }) => [id, last_message?.text]))
  let bytes = 0
  let count = 0
  for (const row of rows) {
    const place = placeOf(row)
    if (place !== null) bytes += entityBytes(seen.get(placeKey(place))?.message?.text)
    if (row.conversation_id !== null && lastTexts.has(row.conversation_id)) {
      bytes += entityBytes(lastTexts.get(row.conversation_id))
      lastTexts.delete(row.conversation_id)
    }
    if (count > 0 && bytes > MAX_PAGE_BYTES) break
    count++
  }
  return count
}

const entityBytes = (text: string | null | undefined): number =>
  ENTITY_BYTES + (text ? Buffer.byteLength(JSON.stringify(text)) : 0)

/** A row as the wire shows it; nothing at all if what it names is no longer for these eyes. */
function toEvent(row: LogRow, seen: Map<string, MessageSeen>): LogEvent[] {
  const { seq } = row
  if (row.kind === kinds.meUpdated) return [{ seq, kind: 'me.updated' }]
  if (row.kind === kinds.relationUpdated)
    return row.subject_id === null
      ? []
      : [{ seq, kind: 'relation.updated', account_id: row.subject_id }]
  if (row.conversation_id === null) return []
  const conversation_id = row.conversation_id
  if (row.kind === kinds.conversationUpdated)
    return [{ seq, kind: 'conversation.updated', conversation_id }]

  const place = placeOf(row)
  const at = place === null ? undefined : seen.get(placeKey(place))
  if (at === undefined) return []
  if (row.kind === kinds.messageRemoved)
    return [{ seq, kind: 'message.removed', conversation_id, message_id: at.id }]
  if (at.message === null) return []
  const kind = row.kind === kinds.messageUpdated ? 'message.updated' : 'message.new'
  return [{ seq, kind, conversation_id, message_id: at.id }]
}

function messagesOf(rows: readonly LogRow[], seen: Map<string, MessageSeen>): Message[] {
  const messages = new Map<string, Message>()
  for (const row of rows) {
    const place = placeOf(row)
    const message = place === null ? null : seen.get(placeKey(place))?.message
    if (message) messages.set(message.id, message)
  }
  return [...messages.values()]
}

const unique = <Id extends AccountId | ConversationId>(ids: readonly (Id | null)[]): Id[] => [
  ...new Set(ids.filter((id) => id !== null)),
]
