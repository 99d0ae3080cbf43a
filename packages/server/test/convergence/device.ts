import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { createMemoryStorage } from '@takeback/sdk/storage-memory.ts'
import type { Storage } from '@takeback/sdk/storage.ts'
import { createTakeback } from '@takeback/sdk/takeback.ts'
import type { Takeback } from '@takeback/sdk/types.ts'
import { signIn, type Person } from '../world.ts'

/** A device of somebody: the real SDK over a local copy that survives its restarts. */
export interface TestDevice {
  name: string
  person: Person
  storage: Storage
  takeback: Takeback
  connected: boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
}

export async function createDevice(url: string, owner: Person, name: string): Promise<TestDevice> {
  const person = await signIn(url, owner.username)
  const storage = createMemoryStorage()
  const create = () => createTakeback({ baseUrl: url, token: person.token, storage })
  const device: TestDevice = {
    name,
    person,
    storage,
    takeback: create(),
    connected: false,
    async connect() {
      if (device.connected) return
      device.takeback = create()
      device.connected = true
      await device.takeback.start()
    },
    async disconnect() {
      if (!device.connected) return
      device.connected = false
      await device.takeback.stop()
    },
  }
  return device
}

/** What a device or the service shows of one conversation, without what only orders updates. */
export interface Shown {
  conversations: Record<string, unknown>
  messages: Record<string, unknown>
}

const shownMessage = (message: Message) => ({
  id: message.id,
  seq: message.seq,
  sender: message.sender_id,
  text: message.text,
  edits: message.edit_count,
  unsent: message.unsent_at !== null,
})

const shownConversation = (conversation: Conversation) => ({
  folder: conversation.folder,
  members: conversation.members,
  last: conversation.last_message === null ? null : shownMessage(conversation.last_message),
  activity: conversation.last_activity_at,
  unread: conversation.unread_count,
  read: conversation.read_seq,
  cleared: conversation.cleared_seq,
})

/** What a device holds, through the readers that an app uses. */
export function shownByDevice(takeback: Takeback): Shown {
  const shown: Shown = { conversations: {}, messages: {} }
  for (const folder of ['inbox', 'requests', 'blocked'] as const)
    for (const conversation of takeback.conversations(folder)) {
      shown.conversations[conversation.id] = shownConversation(conversation)
      shown.messages[conversation.id] = takeback.messages(conversation.id).map(shownMessage)
    }
  return shown
}

/** The same of a fresh snapshot and the whole history. */
export async function shownByService(person: Person): Promise<Shown> {
  const shown: Shown = { conversations: {}, messages: {} }
  const snapshot = await person.client.call('sync.read', {})
  if (snapshot.type !== 'snapshot') throw new Error('No snapshot without a cursor.')
  for (const conversation of snapshot.conversations) {
    shown.conversations[conversation.id] = shownConversation(conversation)
    const history = await wholeHistory(person, conversation.id)
    shown.messages[conversation.id] = history.map(shownMessage)
  }
  return shown
}

export async function wholeHistory(person: Person, id: ConversationId): Promise<Message[]> {
  const messages: Message[] = []
  let before: number | undefined
  for (;;) {
    const page = await person.client.call('messages.list', {
      conversation_id: id,
      limit: 100,
      ...(before === undefined ? {} : { before }),
    })
    messages.unshift(...page.items)
    if (!page.has_before) return messages
    before = page.items[0]?.seq
  }
}
