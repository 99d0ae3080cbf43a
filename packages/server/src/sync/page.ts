import type { EventPage, LogEvent } from '@takeback/protocol/events.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Reset, Snapshot } from '@takeback/protocol/endpoints/sync.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Reader } from '../store/store.ts'
import { kinds } from './kinds.ts'
import { logStates, readLogs, type LogRow, type LogState, type LogStretch } from './tables.ts'
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
/** Entities that surely fill a page, whatever their texts: so many are looked up for it, and no more. */
const MAX_PAGE_ENTITIES = Math.ceil(MAX_PAGE_BYTES / ENTITY_BYTES)

/**
 * Most events of all pages that are read together. Who comes after that gets an empty page, which
 * says that there is more: so nobody waits long behind many who come back at once.
 */
const MAX_EVENTS_TOGETHER = 2000

export interface PageRequest {
  viewer: AccountId
  epoch: string
  after: number
  limit?: number
}

/**
 * Reads people's logs past their cursors and looks up what they name as it is now; one page for
 * each request, in their order. A cursor of another epoch, older than the log, or ahead of it gets
 * `reset` (S6).
 */
export const pages =
  (epoch: () => string, views: Views) =>
  async (tx: Reader, requests: readonly PageRequest[]): Promise<(EventPage | Reset)[]> => {
    const accounts = [...new Set(requests.map(({ viewer }) => viewer))]
    const logs = new Map((await logStates(tx, accounts)).map((log) => [log.account_id, log]))
    const stretches = requests.map((request) =>
      stretchOf(request, logs.get(request.viewer), epoch()),
    )
    const chosen = together(stretches.filter((stretch) => stretch !== null))
    const read = new Map<Stretch, EventPage>(await readStretches(tx, epoch(), chosen, views))
    return requests.map(({ viewer, after }, index) => {
      const stretch = stretches[index] ?? null
      if (stretch !== null) return read.get(stretch) ?? emptyPage(epoch(), after, stretch.head)
      return { type: 'reset', epoch: epoch(), head: logs.get(viewer)?.head ?? 0 }
    })
  }

/** What a request is to be given of its log; null if its cursor is no good. */
function stretchOf(
  { viewer, after, limit = MAX_PAGE_EVENTS, ...request }: PageRequest,
  log: LogState | undefined,
  epoch: string,
): Stretch | null {
  const { head = 0, trimmed_seq = 0 } = log ?? {}
  if (request.epoch !== epoch || after < trimmed_seq || after > head) return null
  const through = Math.min(head, after + Math.min(limit, MAX_PAGE_EVENTS))
  return { account_id: viewer, after, through, head }
}

/** Those that are read now: the first that has something, then as many as may be read together. */
function together(stretches: readonly Stretch[]): Stretch[] {
  let events = 0
  return stretches.filter(({ after, through }) => {
    const due = through - after
    if (due === 0 || (events > 0 && events + due > MAX_EVENTS_TOGETHER)) return false
    events += due
    return true
  })
}

interface Stretch extends LogStretch {
  head: number
}

const emptyPage = (epoch: string, after: number, head: number): EventPage => ({
  type: 'events',
  epoch,
  after,
  through: after,
  head,
  events: [],
  messages: [],
  conversations: [],
  accounts: [],
})

async function readStretches(
  tx: Reader,
  epoch: string,
  stretches: readonly Stretch[],
  views: Views,
): Promise<[Stretch, EventPage][]> {
  if (stretches.length === 0) return []
  const look = views.look(tx)
  const logs = (await readLogs(tx, stretches)).map(asManyAsFill)
  const messages = await look.messages(
    stretches.map(({ account_id }, index) => ({
      viewer: account_id,
      places: placesOf(logs[index] ?? []),
    })),
  )
  const entries = stretches.map((_, index) => {
    const seen = new Map((messages[index] ?? []).map((message) => [placeKey(message), message]))
    return (logs[index] ?? []).map((row) => toEntry(row, seen))
  })
  // Only what an event names is looked up: a conversation whose one message was unsent without a
  // trace must not show either.
  const conversations = await look.conversations(
    stretches.map(({ account_id }, index) => ({
      viewer: account_id,
      ids: unique((entries[index] ?? []).map(({ event }) => conversationOf(event))),
    })),
  )
  const read: [Stretch, EventPage][] = []
  for (const [index, stretch] of stretches.entries()) {
    const { kept, ...entities } = bring(entries[index] ?? [], conversations[index] ?? [])
    const viewer = stretch.account_id
    const profiles = unique(kept.map(({ row }) => row.subject_id))
    const page: EventPage = {
      ...emptyPage(epoch, stretch.after, stretch.head),
      through: kept.at(-1)?.row.seq ?? stretch.after,
      ...entities,
    }
    if (profiles.length > 0) page.accounts = await views.profiles(tx, viewer, profiles)
    if (kept.some(({ row }) => row.kind === kinds.meUpdated)) page.me = await views.me(tx, viewer)
    read.push([stretch, page])
  }
  return read
}

/** The first rows of a log, until what they name surely fills a page: messages, conversations, their newest messages. */
function asManyAsFill(rows: readonly LogRow[]): readonly LogRow[] {
  const places = new Set<string>()
  const conversations = new Set<ConversationId>()
  const end = rows.findIndex((row) => {
    if (places.size + 2 * conversations.size > MAX_PAGE_ENTITIES) return true
    const place = placeOf(row)
    if (place !== null) places.add(placeKey(place))
    if (row.conversation_id !== null) conversations.add(row.conversation_id)
    return false
  })
  return end === -1 ? rows : rows.slice(0, end)
}

/** As many entries as fit, with what their events name: each entity once, a newest message inside its conversation. */
function bring(
  entries: readonly Entry[],
  found: readonly Conversation[],
): Pick<EventPage, 'events' | 'messages' | 'conversations'> & { kept: readonly Entry[] } {
  const named = new Map(found.map((conversation) => [conversation.id, conversation]))
  const kept = entries.slice(0, withinBound(entries, named))
  const conversations = unique(kept.map(({ event }) => conversationOf(event))).flatMap(
    (id) => named.get(id) ?? [],
  )
  const riding = new Set(conversations.map((conversation) => conversation.last_message?.id))
  const messages = new Map<string, Message>()
  for (const { message } of kept)
    if (message !== null && !riding.has(message.id)) messages.set(message.id, message)
  return {
    kept,
    events: kept.flatMap(({ event }) => event ?? []),
    messages: [...messages.values()],
    conversations,
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

const placesOf = (rows: readonly LogRow[]): MessagePlace[] =>
  rows.flatMap((row) => placeOf(row) ?? [])

/** A row of the log with what it is for these eyes. */
interface Entry {
  row: LogRow
  /** Null if what the row names is no longer there for them. */
  event: LogEvent | null
  /** The message at its place, if there is one for them. */
  message: Message | null
}

const conversationOf = (event: LogEvent | null): ConversationId | null =>
  event !== null && 'conversation_id' in event ? event.conversation_id : null

/** How many entries fit: always one, then as many as what they bring along allows. */
function withinBound(
  entries: readonly Entry[],
  conversations: ReadonlyMap<ConversationId, Conversation>,
): number {
  const counted = new Set<string>()
  let bytes = 0
  let count = 0
  for (const { event, message } of entries) {
    const id = conversationOf(event)
    const conversation = id === null ? undefined : conversations.get(id)
    const brought = [message, conversation, conversation?.last_message]
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

function toEntry(row: LogRow, seen: ReadonlyMap<string, MessageSeen>): Entry {
  const place = placeOf(row)
  const at = place === null ? undefined : seen.get(placeKey(place))
  return { row, event: toEvent(row, at), message: at?.message ?? null }
}

/** A row as the wire shows it; null if what it names is no longer for these eyes. */
function toEvent(row: LogRow, at: MessageSeen | undefined): LogEvent | null {
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
  if (at === undefined) return null
  if (row.kind === kinds.messageRemoved)
    return { seq, kind: 'message.removed', conversation_id, message_id: at.id }
  if (at.message === null) return null
  const kind = row.kind === kinds.messageUpdated ? 'message.updated' : 'message.new'
  return { seq, kind, conversation_id, message_id: at.id }
}

const unique = <Id extends AccountId | ConversationId>(ids: readonly (Id | null)[]): Id[] => [
  ...new Set(ids.filter((id) => id !== null)),
]
