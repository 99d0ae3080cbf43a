import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, MessageId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'

/** Messages of one person at most this far apart form a group. */
export const GROUP_MS = 2 * 60_000

export interface InGroup {
  /** First and last of its group: decide corners, avatar and time. */
  first: boolean
  last: boolean
}

export interface MessageItem extends InGroup {
  kind: 'message'
  key: string
  message: Message
  own: boolean
  /** The mark stands at the newest own message only. */
  withStatus: boolean
  /** On its way out: unsent or removed a moment ago. */
  folding: boolean
}

export interface OutboxItem extends InGroup {
  kind: 'outbox'
  key: string
  entry: OutboxEntry
}

export interface UnsentItem {
  kind: 'unsent'
  key: string
  count: number
}

export type Item =
  | { kind: 'start'; key: 'start'; hasOlder: boolean }
  | { kind: 'day'; key: string; day: number }
  | { kind: 'unread'; key: 'unread' }
  | { kind: 'typing'; key: 'typing' }
  | MessageItem
  | OutboxItem
  | UnsentItem

/** What stands in a conversation by its own right: a message, or one that waits to go out. */
export type Said = Message | OutboxEntry

export interface Shown {
  messages: readonly Message[]
  outbox: readonly OutboxEntry[]
  me: AccountId | undefined
  hasOlder: boolean
  typing: boolean
  folding: ReadonlySet<MessageId>
  /** Others' messages past this seq stood unread when the conversation was opened; null: none did. */
  unreadAfter: number | null
}

export const isEntry = (said: Said): said is OutboxEntry => 'status' in said
export const timeOf = (said: Said): number => (isEntry(said) ? said.created_at : said.sent_at)
const isUnsent = (message: Message) => message.unsent_at !== null || message.text === null

/** Own messages keep the key that they had in the outbox, so that nothing flickers when they are sent. */
export const keyOf = ({ client_id, id }: Message): string => client_id ?? id

/**
 * The seq after which unread messages of others begin: what I have read, or my last own message,
 * for who answers has read. Null: nothing is unread.
 */
export function unreadStart(
  conversation: { unread_count: number; read_seq: number },
  messages: readonly Message[],
  me: AccountId,
): number | null {
  if (conversation.unread_count === 0) return null
  const answered = messages.findLast(({ sender_id }) => sender_id === me)?.seq ?? 0
  return Math.max(conversation.read_seq, answered)
}

/**
 * The rows of one day, oldest first: its separator, groups, collapsed unsent lines, what waits to go
 * out. No row depends on another day.
 *
 * @param said in order, all of this day
 * @param unreadAfter null if the line "new" stands already, or nowhere
 */
export function buildDay(
  said: readonly Said[],
  day: number,
  shown: Pick<Shown, 'me' | 'folding' | 'unreadAfter'>,
): Item[] {
  const { me, folding } = shown
  let { unreadAfter } = shown
  const items: Item[] = [{ kind: 'day', key: `day-${day}`, day }]
  /** The message or entry just before, with nothing between, if the next may join its group. */
  let before: { item: InGroup; sender: AccountId | undefined; at: number } | null = null

  /** Sets the corners of the two neighbours, and whether they are one group. */
  function join(item: InGroup, sender: AccountId | undefined, at: number) {
    if (before !== null && before.sender === sender && at - before.at <= GROUP_MS) {
      item.first = false
      before.item.last = false
    }
    before = { item, sender, at }
  }

  function addMessage(message: Message) {
    const own = message.sender_id === me
    if (unreadAfter !== null && message.seq > unreadAfter && !own && !isUnsent(message)) {
      items.push({ kind: 'unread', key: 'unread' })
      unreadAfter = null
      before = null
    }
    if (isUnsent(message) && !folding.has(message.id)) {
      const previous = items.at(-1)
      if (previous?.kind === 'unsent') previous.count += 1
      else items.push({ kind: 'unsent', key: `unsent-${message.id}`, count: 1 })
      before = null
      return
    }
    const item: MessageItem = {
      kind: 'message',
      key: keyOf(message),
      message,
      own,
      withStatus: false,
      folding: folding.has(message.id),
      first: true,
      last: true,
    }
    join(item, message.sender_id, message.sent_at)
    items.push(item)
  }

  function addEntry(entry: OutboxEntry) {
    const key = entry.client_id
    const item: OutboxItem = { kind: 'outbox', key, entry, first: true, last: true }
    join(item, me, entry.created_at)
    items.push(item)
  }

  for (const each of said) {
    if (isEntry(each)) addEntry(each)
    else addMessage(each)
  }
  return items
}
