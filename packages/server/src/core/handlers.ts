import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { EndpointName } from '@takeback/protocol/routes.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Caller, Visitor } from '../caller.ts'
import type { Graph } from '../graph/graph.ts'
import { inBatches } from '../batch.ts'
import type { Messaging } from '../messaging/messaging.ts'
import type { Sending } from '../messaging/send.ts'
import { Unfetched } from '../messaging/fetched.ts'
import type { Status } from '../status/status.ts'
import type { Reader, Store, Transaction } from '../store/store.ts'
import type { Ack } from '../sync/ack.ts'
import type { Sync } from '../sync/sync.ts'

export interface Rooms {
  store: Store
  accounts: Accounts
  graph: Graph
  messaging: Messaging
  status: Status
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

/**
 * How long acks are gathered, ms. Nobody waits for a receipt as for a message, and many together
 * hold fewer conversations up for less time than each alone.
 */
const RECEIPTS_MAY_WAIT = 20
/** Most acks of one commit: a message must not wait behind the receipts of hundreds. */
const MAX_ACKS_TOGETHER = 64

/** Which room answers which endpoint, and in what kind of transaction. */
export function createHandlers(rooms: Rooms): Handlers {
  const { store, accounts, graph, messaging, status, log } = rooms

  const write =
    <I, O>(verb: (tx: Transaction, caller: Caller, input: I) => Promise<O>) =>
    (caller: Caller, input: I): Promise<O> =>
      store.transact((tx) => verb(tx, caller, input))
  const read =
    <I, O>(verb: (tx: Reader, caller: Caller, input: I) => Promise<O>) =>
    (caller: Caller, input: I): Promise<O> =>
      readMarked(store, messaging.markFetched, (tx) => verb(tx, caller, input))

  const send = inBatches((sendings: readonly Sending[]) =>
    store.transact((tx) => messaging.send(tx, sendings)),
  )

  const acknowledge = inBatches(
    (acks: readonly Ack[]) => store.transact((tx) => messaging.acknowledge(tx, acks)),
    { most: MAX_ACKS_TOGETHER, gather: RECEIPTS_MAY_WAIT },
  )

  return {
    'accounts.sign_up': accounts.signUp,
    'accounts.search': read(graph.search),
    'accounts.get': read(graph.getAccount),
    'sessions.sign_in': accounts.signIn,
    'sessions.list': read(accounts.listSessions),
    'sessions.revoke': write(accounts.revokeSession),
    'me.get': read(accounts.getMe),
    'me.update': write(accounts.updateMe),
    'settings.get': read(accounts.getSettings),
    'settings.update': write(accounts.updateSettings),
    'graph.following': read(graph.following),
    'graph.followers': read(graph.followers),
    'graph.friends': read(graph.friends),
    'graph.blocks': read(graph.blocks),
    'graph.follow': write(graph.follow),
    'graph.unfollow': write(graph.unfollow),
    'graph.block': write(async (tx, caller, input: Input<'graph.block'>) => {
      await graph.holdPair(tx, caller, input)
      await messaging.moveThread(tx, caller.account_id, input.account_id, 'blocked')
      return graph.block(tx, caller, input)
    }),
    'graph.unblock': write(async (tx, caller, input: Input<'graph.unblock'>) => {
      await graph.holdPair(tx, caller, input)
      await messaging.moveThread(tx, caller.account_id, input.account_id, 'inbox')
      return graph.unblock(tx, caller, input)
    }),
    'conversations.list': read(messaging.listConversations),
    'conversations.open': write(messaging.openConversation),
    'conversations.get': read(messaging.getConversation),
    'conversations.delete': write(messaging.deleteThread),
    'conversations.read': write(messaging.read),
    'conversations.accept': write(messaging.acceptRequest),
    'conversations.decline': write(messaging.declineRequest),
    'conversations.decline_all': (caller) => messaging.declineAllRequests(caller),
    'conversations.typing': read(messaging.typing),
    'messages.list': read(messaging.listMessages),
    'messages.send': (caller, input) => send({ caller, input }),
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
      const request = { viewer: caller.account_id, epoch, after: Number(seq), ...limit }
      const [page] = await log.pages(tx, [request])
      if (page === undefined) throw new Error('A request had no page.')
      return page
    }),
    'sync.acknowledge': (caller, input) => acknowledge({ caller, input }),
    'status.get': status.getStatus,
  }
}

/**
 * Reads; and where what is read would hand out messages that do not count as fetched, has that
 * written down first and reads anew. A store that cannot write still lets people read.
 */
export async function readMarked<T>(
  store: Store,
  markFetched: (tx: Transaction, marks: Unfetched['marks']) => Promise<void>,
  work: (tx: Reader) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await store.read(work)
    } catch (error) {
      if (!(error instanceof Unfetched)) throw error
      const { marks } = error
      try {
        await store.transact((tx) => markFetched(tx, marks))
      } catch (failure) {
        if (failure instanceof Refusal && failure.code === 'storage_unavailable')
          return store.readUnrecorded(work)
        throw failure
      }
    }
  }
}
