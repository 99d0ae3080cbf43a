import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { EndpointName } from '@takeback/protocol/routes.ts'
import { VERSION } from '@takeback/protocol/version.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Caller, Visitor } from '../caller.ts'
import type { Clock } from '../clock.ts'
import type { Graph } from '../graph/graph.ts'
import type { Messaging } from '../messaging/messaging.ts'
import { WriteNeeded, type Reader, type Store, type Transaction } from '../store/store.ts'
import type { Sync } from '../sync/sync.ts'

export interface Rooms {
  store: Store
  clock: Clock
  accounts: Accounts
  graph: Graph
  messaging: Messaging
  log: ReturnType<Sync['reading']>
}

type Handler<Name extends EndpointName, Who> = (
  who: Who,
  input: Input<Name>,
) => Promise<Output<Name>>

/** Endpoints that anybody may call get a visitor; all others a signed-in device. */
type VisitorEndpoint = 'accounts.sign_up' | 'sessions.sign_in' | 'status.get'
export type Handlers = {
  [Name in EndpointName]: Handler<Name, Name extends VisitorEndpoint ? Visitor : Caller>
}

/** Which room answers which endpoint, and in what kind of transaction. */
export function createHandlers(rooms: Rooms): Handlers {
  const { store, clock, accounts, graph, messaging, log } = rooms

  const write =
    <I, O>(verb: (tx: Transaction, caller: Caller, input: I) => Promise<O>) =>
    (caller: Caller, input: I): Promise<O> =>
      store.transact((tx) => verb(tx, caller, input))
  const read =
    <I, O>(verb: (tx: Reader, caller: Caller, input: I) => Promise<O>) =>
    (caller: Caller, input: I): Promise<O> =>
      readOrWrite(store, (tx) => verb(tx, caller, input))

  return {
    'accounts.sign_up': accounts.signUp,
    'accounts.search': read(graph.search),
    'accounts.get': read(graph.getAccount),
    'sessions.sign_in': accounts.signIn,
    'sessions.list': read(accounts.listSessions),
    'sessions.revoke': write(accounts.revokeSession),
    'me.get': read(accounts.getMe),
    'me.update': write(async (tx, caller, input: Input<'me.update'>) => {
      const { me, renamed } = await accounts.updateMe(tx, caller, input)
      if (renamed) await messaging.showNewName(tx, caller.account_id)
      return me
    }),
    'settings.get': read(accounts.getSettings),
    'settings.update': write(accounts.updateSettings),
    'graph.following': read(graph.following),
    'graph.followers': read(graph.followers),
    'graph.friends': read(graph.friends),
    'graph.blocks': read(graph.blocks),
    'graph.follow': write(graph.follow),
    'graph.unfollow': write(graph.unfollow),
    'graph.block': write(async (tx, caller, input: Input<'graph.block'>) => {
      const profile = await graph.block(tx, caller, input)
      await messaging.moveThread(tx, caller.account_id, input.account_id, 'blocked')
      return profile
    }),
    'graph.unblock': write(async (tx, caller, input: Input<'graph.unblock'>) => {
      const profile = await graph.unblock(tx, caller, input)
      await messaging.moveThread(tx, caller.account_id, input.account_id, 'inbox')
      return profile
    }),
    'conversations.list': read(messaging.listConversations),
    'conversations.open': write(messaging.openConversation),
    'conversations.get': read(messaging.getConversation),
    'conversations.delete': write(messaging.deleteThread),
    'conversations.read': write(messaging.read),
    'conversations.typing': read(messaging.typing),
    'messages.list': read(messaging.listMessages),
    'messages.send': write(messaging.send),
    'messages.edit': write(messaging.edit),
    'messages.edits': read(messaging.listEdits),
    'messages.delete': write((tx, caller, input: Input<'messages.delete'>) =>
      input.for === 'everyone'
        ? messaging.unsend(tx, caller, input)
        : messaging.deleteForMe(tx, caller, input),
    ),
    'sync.read': read(async (tx, caller, input: Input<'sync.read'>) => {
      if (input.cursor === undefined) return log.snapshot(tx, caller.account_id)
      const [epoch = '', seq] = input.cursor.split('.')
      const limit = input.limit === undefined ? {} : { limit: input.limit }
      return log.page(tx, caller.account_id, { epoch, after: Number(seq), ...limit })
    }),
    'sync.acknowledge': write(messaging.acknowledge),
    'status.get': async () => ({
      status: store.healthy() ? 'ok' : 'degraded',
      version: VERSION,
      time: clock(),
    }),
  }
}

/**
 * Reads; and where reading has to remember something first (what was fetched), reads in a
 * transaction. A store that cannot write still lets people read.
 */
export async function readOrWrite<T>(store: Store, work: (tx: Reader) => Promise<T>): Promise<T> {
  try {
    return await store.read(work)
  } catch (error) {
    if (!(error instanceof WriteNeeded)) throw error
  }
  try {
    return await store.transact(work)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'storage_unavailable')
      return store.readUnrecorded(work)
    throw error
  }
}
