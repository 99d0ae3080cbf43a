import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId, ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Change, Connection } from './types.ts'

/** What is true at this moment only and never stored. Plain data, as it is told to other tabs. */
export interface LiveState {
  connection: Connection
  /** Outbox entries that are on their way. */
  sending: ReadonlyMap<ClientId, ConversationId>
  typing: ReadonlyMap<ConversationId, readonly AccountId[]>
  relations: ReadonlyMap<AccountId, Profile>
}

export const initialLive: LiveState = {
  connection: { state: 'connecting' },
  sending: new Map(),
  typing: new Map(),
  relations: new Map(),
}

/** What readers have to read again after `before` became `after`. */
export function liveChange(before: LiveState, after: LiveState): Change {
  const messages = new Set<ConversationId>()
  if (before.sending !== after.sending)
    for (const [client, conversation] of [...before.sending, ...after.sending])
      if (before.sending.has(client) !== after.sending.has(client)) messages.add(conversation)
  if (before.typing !== after.typing)
    for (const id of [...before.typing.keys(), ...after.typing.keys()])
      if (before.typing.get(id) !== after.typing.get(id)) messages.add(id)
  const relations = new Set<AccountId>()
  if (before.relations !== after.relations)
    for (const [id, profile] of after.relations)
      if (before.relations.get(id) !== profile) relations.add(id)
  return {
    ...(before.connection === after.connection ? {} : { connection: true }),
    ...(messages.size > 0 ? { messages } : {}),
    ...(relations.size > 0 ? { relations } : {}),
  }
}

export const isNothing = (change: Change): boolean => Object.keys(change).length === 0
