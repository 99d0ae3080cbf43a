import type { EventPage, LogEvent } from '@takeback/protocol/events.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Reset, Snapshot } from '@takeback/protocol/endpoints/sync.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Reader } from '../store/store.ts'
import { kinds } from './kinds.ts'
import { logStates, readLog, type LogRow } from './tables.ts'
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
    const { after } = request
    const limit = Math.min(request.limit ?? MAX_PAGE_EVENTS, MAX_PAGE_EVENTS)
    const { head, trimmed_seq, rows } = await readLog(tx, viewer, after, limit)
    if (request.epoch !== epoch() || after < trimmed_seq || after > head)
      return { type: 'reset', epoch: epoch(), head }

    const seen = await lookUpMessages(tx, viewer, rows, views)
    const entries = rows.map((row) => ({ row, event: toEvent(row, seen) }))
    // Only what an event names is looked up: a conversation whose one message was unsent without a
    // trace must not show either.
    const ids = unique(entries.map(({ event }) => conversationOf(event)))
    const named = new Map(
      (await views.conversations(tx, viewer, ids, [...seen.values()])).map((found) => [
        found.id,
        found,
      ]),
    )
    const kept = entries.slice(0, withinBound(entries, seen, named))

    const conversations = unique(kept.map(({ event }) => conversationOf(event))).flatMap(
      (id) => named.get(id) ?? [],
    )
    const riding = new Set(conversations.map((conversation) => conversation.last_message?.id))
    const accountIds = unique(kept.map(({ row }) => row.subject_id))
    return {
      type: 'events',
      epoch: epoch(),
      after,
      through: kept.at(-1)?.row.seq ?? after,
      head,
      events: kept.flatMap(({ event }) => event ?? []),
      messages: messagesOf(kept, seen).filter((message) => !riding.has(message.id)),
      conversations,
      accounts: accountIds.length === 0 ? [] : await views.profiles(tx, viewer, accountIds),
      ...(kept.some(({ row }) => row.kind === kinds.meUpdated)
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
    seq: (await logStates(tx, [viewer]))[0]?.head ?? 0,
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

/** A row of the log with the event it is for these eyes; null for none. */
interface Entry {
  row: LogRow
  event: LogEvent | null
}

const conversationOf = (event: LogEvent | null): ConversationId | null =>
  event !== null && 'conversation_id' in event ? event.conversation_id : null

const messageAt = (row: LogRow, seen: Map<string, MessageSeen>): Message | null => {
  const place = placeOf(row)
  return place === null ? null : (seen.get(placeKey(place))?.message ?? null)
}

/** How many entries fit: always one, then as many as what they bring along allows. */
function withinBound(
  entries: readonly Entry[],
  seen: Map<string, MessageSeen>,
  conversations: ReadonlyMap<ConversationId, Conversation>,
): number {
  const counted = new Set<string>()
  let bytes = 0
  let count = 0
  for (const { row, event } of entries) {
    const id = conversationOf(event)
    const conversation = id === null ? undefined : conversations.get(id)
    const brought = [messageAt(row, seen), conversation, conversation?.last_message]
    for (const entity of brought) {
      if (!entity || counted.has(entity.id)) continue
      counted.add(entity.id)
      bytes += entityBytes('text' in entity ? entity.text : null)
    }
    if (count > 0 && bytes > MAX_PAGE_BYTES) break
    count++
  }
  return count
}

const entityBytes = (text: string | null): number =>
  ENTITY_BYTES + (text === null ? 0 : Buffer.byteLength(JSON.stringify(text)))

/** A row as the wire shows it; null if what it names is no longer for these eyes. */
function toEvent(row: LogRow, seen: Map<string, MessageSeen>): LogEvent | null {
  const { seq } = row
  if (row.kind === kinds.meUpdated) return { seq, kind: 'me.updated' }
  if (row.kind === kinds.relationUpdated)
    return row.subject_id === null
      ? null
      : { seq, kind: 'relation.updated', account_id: row.subject_id }
  if (row.conversation_id === null) return null
  const conversation_id = row.conversation_id
  if (row.kind === kinds.conversationUpdated)
    return { seq, kind: 'conversation.updated', conversation_id }

  const place = placeOf(row)
  const at = place === null ? undefined : seen.get(placeKey(place))
  if (at === undefined) return null
  if (row.kind === kinds.messageRemoved)
    return { seq, kind: 'message.removed', conversation_id, message_id: at.id }
  if (at.message === null) return null
  const kind = row.kind === kinds.messageUpdated ? 'message.updated' : 'message.new'
  return { seq, kind, conversation_id, message_id: at.id }
}

function messagesOf(entries: readonly Entry[], seen: Map<string, MessageSeen>): Message[] {
  const messages = new Map<string, Message>()
  for (const { row } of entries) {
    const message = messageAt(row, seen)
    if (message !== null) messages.set(message.id, message)
  }
  return [...messages.values()]
}

const unique = <Id extends AccountId | ConversationId>(ids: readonly (Id | null)[]): Id[] => [
  ...new Set(ids.filter((id) => id !== null)),
]
