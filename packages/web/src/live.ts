import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Me, Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Change, Connection, OutboxEntry, Takeback } from '@takeback/sdk/types.ts'
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react'

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

function useRead<T>(topic: Topic, read: (takeback: Takeback) => T, key: string = topic): T {
  const { takeback } = useLive()
  const version = useVersion(topic)
  // `key` names everything `read` closes over.
  return useMemo(() => read(takeback), [takeback, version, key])
}

export function useConnection(): Connection {
  return useRead('connection', (takeback) => takeback.connection())
}

export function useMe(): Me | null {
  return useRead('me', (takeback) => takeback.me())
}

export function useLoading(): boolean {
  const { takeback } = useLive()
  useVersion('conversations')
  return takeback.loading()
}

export function useConversations(folder: Conversation['folder']): readonly Conversation[] {
  return useRead('conversations', (takeback) => takeback.conversations(folder), folder)
}

export function useConversation(id: ConversationId): Conversation | null {
  return useRead(`conversation:${id}`, (takeback) => takeback.conversation(id))
}

/** What is held of a conversation: its history up to now, whether more is to be had, and what waits to go out. */
export function useHistory(id: ConversationId): {
  messages: readonly Message[]
  outbox: readonly OutboxEntry[]
  typing: readonly AccountId[]
  hasOlder: boolean
} {
  return useRead(`messages:${id}`, (takeback) => ({
    messages: takeback.messages(id),
    outbox: takeback.outbox(id),
    typing: takeback.typing(id),
    hasOlder: takeback.hasOlder(id),
  }))
}

export function useRelation(id: AccountId): Profile | null {
  return useRead(`relation:${id}`, (takeback) => takeback.relation(id))
}
