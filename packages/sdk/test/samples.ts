import type { Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Snapshot } from '@takeback/protocol/endpoints/sync.ts'
import type { EventPage, LogEvent } from '@takeback/protocol/events.ts'
import type {
  AccountId,
  ClientId,
  ConversationId,
  DeviceId,
  MessageId,
} from '@takeback/protocol/ids.ts'

/** Values of the wire as the service would send them, with what a test does not care for filled in. */

export const anna = '01k0000000000000000000anna' as AccountId
export const bert = '01k0000000000000000000bert' as AccountId
export const chat = '01k0000000000000000000chat' as ConversationId
export const phone = '01k000000000000000000phone' as DeviceId
export const epoch = '01k000000000000000000epoch'
export const otherEpoch = '01k0000000000000000other00'

export const messageId = (name: string | number) =>
  `01k00000000000000000${String(name).padStart(6, '0')}` as MessageId

export const clientId = (name: string) => `client-${name.padStart(12, '0')}` as ClientId

const noon = Date.UTC(2026, 0, 15, 12)

/** A message from bert; its id follows from its seq. */
export const message = (seq: number, changed: Partial<Message> = {}): Message => ({
  id: messageId(seq),
  conversation_id: chat,
  seq,
  sender_id: bert,
  version: 1,
  sent_at: noon + seq,
  text: `message ${seq}`,
  edited_at: null,
  edit_count: 0,
  unsent_at: null,
  ...changed,
})

export const tombstone = (seq: number, changed: Partial<Message> = {}): Message =>
  message(seq, { version: 2, text: null, unsent_at: noon + 1000, ...changed })

/** A conversation of anna, whose copy this is, with bert. */
export const conversation = (changed: Partial<Conversation> = {}): Conversation => ({
  id: chat,
  version: 1,
  kind: 'direct',
  folder: 'inbox',
  hidden: false,
  members: [
    {
      account: { id: anna, username: 'anna', display_name: 'Anna' },
      delivered_seq: 0,
      read_seq: 0,
    },
    {
      account: { id: bert, username: 'bert', display_name: 'Bert' },
      delivered_seq: 0,
      read_seq: 0,
    },
  ],
  last_message: null,
  last_activity_at: noon,
  unread_count: 0,
  read_seq: 0,
  cleared_seq: 0,
  ...changed,
})

export const me: Me = {
  id: anna,
  username: 'anna',
  display_name: 'Anna',
  bio: '',
  birth_date: '1990-05-05',
  created_at: noon,
  settings: { who_can_message: 'friends' },
}

export const snapshot = (changed: Partial<Snapshot> = {}): Snapshot => ({
  type: 'snapshot',
  epoch,
  seq: 0,
  me,
  conversations: [conversation()],
  ...changed,
})

export const page = (
  after: number,
  through: number,
  changed: Partial<EventPage> = {},
): EventPage => ({
  type: 'events',
  epoch,
  after,
  through,
  head: through,
  events: [],
  messages: [],
  conversations: [],
  accounts: [],
  ...changed,
})

/** A page with one event, about this message. */
export const messagePage = (
  seq: number,
  kind: 'message.new' | 'message.updated' | 'message.removed',
  about: Message,
): EventPage =>
  page(seq - 1, seq, {
    events: [{ seq, kind, conversation_id: about.conversation_id, message_id: about.id }],
    messages: kind === 'message.removed' ? [] : [about],
  })

/** An event of a kind that this version does not know. */
export const unknownEvent = (seq: number): LogEvent =>
  ({ seq, kind: 'poll.closed', poll_id: 'x' }) as unknown as LogEvent
