import { Refusal } from '@takeback/protocol/refusals.ts'
import type { AccountId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Commands } from './commands.ts'
import type { Patch } from './patch.ts'
import {
  clearThread,
  extendHistory,
  markUnsent,
  removeMessage,
  upsertConversation,
  upsertMessage,
} from './replica.ts'
import type { ReplicaStore } from './replica-store.ts'
import { isRemoved } from './storage.ts'

const PAGE = 50
/** Tries at reading something while the local copy is being replaced. */
const READS = 3

export interface ChangesOptions {
  store: ReplicaStore
  client: Client
  clock: Clock
  /** Resolves once there is a snapshot to apply answers to. @throws Refusal network_unreachable */
  whenLoaded(): Promise<void>
}

export type Changes = Pick<
  Commands,
  'open' | 'edit' | 'unsend' | 'deleteForMe' | 'deleteThread' | 'loadOlder'
>

/** Calls whose answer is taken into the local copy at once, without waiting for the log to tell. */
export function createChanges({ store, client, clock, whenLoaded }: ChangesOptions): Changes {
  const loading = new Map<ConversationId, Promise<void>>()

  /** False, and nothing done, if the copy was replaced since `generation`: the answer is of before. */
  const absorb = (generation: number, compute: (patch: Patch) => void): Promise<boolean> =>
    store.mutate((patch) => {
      if (patch.generation !== generation) return false
      compute(patch)
      return true
    })

  /** Asks again if the local copy was replaced between question and answer. */
  async function read<Answer>(
    ask: () => Promise<Answer>,
    compute: (patch: Patch, answer: Answer) => void,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      await whenLoaded()
      const { generation } = store.copy
      const answer = await ask()
      if (await absorb(generation, (patch) => compute(patch, answer))) return answer
      if (attempt === READS) throw new Refusal('network_unreachable')
    }
  }

  async function loadPage(id: ConversationId): Promise<void> {
    let before: number | null = null
    await read(
      () => {
        before = store.copy.get('conversations', id)?.history_from ?? null
        return client.call('messages.list', {
          conversation_id: id,
          limit: PAGE,
          ...(before === null ? {} : { before }),
        })
      },
      (patch, page) => extendHistory(patch, id, before, page),
    )
  }

  const conversationOf = (id: MessageId): ConversationId | null =>
    store.copy.get('messages', id)?.conversation_id ?? null

  return {
    async open(accountId: AccountId) {
      const conversation = await read(
        () => client.call('conversations.open', { account_id: accountId }),
        upsertConversation,
      )
      return conversation.id
    },
    async edit(id, text) {
      await whenLoaded()
      const { generation } = store.copy
      const message = await client.call('messages.edit', { message_id: id, text })
      await absorb(generation, (patch) => upsertMessage(patch, message))
    },
    async unsend(id) {
      await whenLoaded()
      const { generation } = store.copy
      await client.call('messages.delete', { message_id: id, for: 'everyone' })
      await absorb(generation, (patch) => markUnsent(patch, id, clock.now()))
    },
    async deleteForMe(id) {
      await whenLoaded()
      const { generation } = store.copy
      await client.call('messages.delete', { message_id: id, for: 'me' })
      const conversation = conversationOf(id)
      if (conversation === null) return
      await absorb(generation, (patch) => removeMessage(patch, id, conversation))
    },
    async deleteThread(id) {
      await whenLoaded()
      const { generation } = store.copy
      // Taken before the call: what comes in meanwhile may be newer than the deletion.
      const through = store.copy.messagesOf(id).at(-1)?.seq ?? 0
      await client.call('conversations.delete', { conversation_id: id })
      await absorb(generation, (patch) => {
        clearThread(patch, id, through)
        for (const entry of patch.all('outbox'))
          if (entry.conversation_id === id && entry.status === 'failed')
            patch.delete('outbox', entry.client_id)
      })
    },
    loadOlder(id) {
      const under = loading.get(id)
      if (under !== undefined) return under
      const started = loadPage(id).finally(() => loading.delete(id))
      loading.set(id, started)
      return started
    },
  }
}

/** Whether a stored row is a message of somebody, and whose; for what only concerns senders. */
export function senderOf(store: ReplicaStore, id: MessageId): AccountId | null {
  const row = store.copy.get('messages', id)
  return row === undefined || isRemoved(row) ? null : row.sender_id
}
