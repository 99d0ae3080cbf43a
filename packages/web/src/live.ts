import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Me, Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Change, Connection, OutboxEntry, Takeback } from '@takeback/sdk/types.ts'
import { createContext, useContext, useSyncExternalStore } from 'react'

/** What a component reads; its version rises whenever what is behind it may have changed. */
export type Topic =
  | 'connection'
  | 'me'
  | 'conversations'
  | `conversation:${ConversationId}`
  | `messages:${ConversationId}`
  | `relation:${AccountId}`

export interface Live {
  readonly takeback: Takeback
  subscribe(listener: () => void): () => void
  version(topic: Topic): number
}

/** Turns the change notices of one device into version numbers, so that no notice is missed between a render and its subscription. */
export function createLive(takeback: Takeback): Live {
  const versions = new Map<Topic, number>()
  const listeners = new Set<() => void>()
  let everything = 0
  const bump = (topic: Topic) => versions.set(topic, (versions.get(topic) ?? 0) + 1)

  takeback.subscribe((change: Change) => {
    if (change.everything) everything += 1
    if (change.connection) bump('connection')
    if (change.me) bump('me')
    if (change.conversations) bump('conversations')
    for (const id of change.conversations ?? []) bump(`conversation:${id}`)
    for (const id of change.messages ?? []) bump(`messages:${id}`)
    for (const id of change.relations ?? []) bump(`relation:${id}`)
    for (const listener of listeners) listener()
  })

  return {
    takeback,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    version: (topic) => everything + (versions.get(topic) ?? 0),
  }
}

export const LiveContext = createContext<Live | null>(null)

function useLive(): Live {
  const live = useContext(LiveContext)
  if (live === null) throw new Error('Only a signed-in screen may read the device.')
  return live
}

export function useTakeback(): Takeback {
  return useLive().takeback
}

export function useVersion(topic: Topic): number {
  const live = useLive()
  return useSyncExternalStore(live.subscribe, () => live.version(topic))
}

// The views of the SDK stay the same objects until what they show changes.

export function useConnection(): Connection {
  useVersion('connection')
  return useTakeback().connection()
}

export function useMe(): Me | null {
  useVersion('me')
  return useTakeback().me()
}

export function useLoading(): boolean {
  useVersion('conversations')
  return useTakeback().loading()
}

export function useConversations(folder: Conversation['folder']): readonly Conversation[] {
  useVersion('conversations')
  return useTakeback().conversations(folder)
}

/** Whether strangers wait for an answer. */
export function useHasRequests(): boolean {
  const { subscribe, takeback } = useLive()
  return useSyncExternalStore(subscribe, () => takeback.conversations('requests').length > 0)
}

export function useConversation(id: ConversationId): Conversation | null {
  useVersion(`conversation:${id}`)
  return useTakeback().conversation(id)
}

/** What is held of a conversation: its messages up to now, whether more are to be had, what waits to go out, who is typing. */
export interface History {
  messages: readonly Message[]
  hasOlder: boolean
  outbox: readonly OutboxEntry[]
  typing: readonly AccountId[]
}

export function useHistory(id: ConversationId): History {
  useVersion(`messages:${id}`)
  const takeback = useTakeback()
  return {
    messages: takeback.messages(id),
    hasOlder: takeback.hasOlder(id),
    outbox: takeback.outbox(id),
    typing: takeback.typing(id),
  }
}

export function useRelation(id: AccountId): Profile | null {
  useVersion(`relation:${id}`)
  return useTakeback().relation(id)
}
