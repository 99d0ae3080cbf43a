import type { AdminCommand } from '@takeback/protocol/admin.ts'
import type { EventPage } from '@takeback/protocol/events.ts'
import type { Reset } from '@takeback/protocol/endpoints/sync.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { EndpointName } from '@takeback/protocol/routes.ts'
import { createAccounts } from '../accounts/accounts.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { inBatches } from '../batch.ts'
import type { Bus } from '../bus/bus.ts'
import type { Caller, Visitor } from '../caller.ts'
import type { Clock } from '../clock.ts'
import { createGraph } from '../graph/graph.ts'
import type { Ids } from '../ids.ts'
import { createMessaging } from '../messaging/messaging.ts'
import type { FetchMark } from '../messaging/tables.ts'
import type { EditRules } from '../policy/can-change.ts'
import { createStatus } from '../status/status.ts'
import type { Store, Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { PageRequest } from '../sync/page.ts'
import { createSync } from '../sync/sync.ts'
import { createAdminHandlers } from './admin-handlers.ts'
import { createHandlers, readMarked } from './handlers.ts'
import type { Core } from './types.ts'

/** Past every seq. */
const MAX_SEQ = Number.MAX_SAFE_INTEGER

/** The settings that the core itself obeys. Times in ms. */
export interface CoreSettings {
  retention: number
  edit: EditRules
  unsendWindow: number | null
}

export interface CoreDeps {
  store: Store
  bus: Bus
  clock: Clock
  ids: Ids
  settings: CoreSettings
}

/** A core in this thread, with its outputs as values; `trim` is for a timer of the owner's. */
export interface LocalCore extends Omit<Core, 'call' | 'administer' | 'page'> {
  call(name: EndpointName, caller: Caller | Visitor, input: object): Promise<unknown>
  administer(command: AdminCommand, input: object): Promise<unknown>
  page(account: AccountId, epoch: string, after: number): Promise<EventPage | Reset>
  trim(): Promise<void>
}

/** Wires the rooms to each other and answers endpoints by name. */
export async function createCore(deps: CoreDeps): Promise<LocalCore> {
  const { store, bus, clock, ids, settings } = deps
  const { publish } = bus
  const sync = createSync({ store, clock, ids, publish, retention: settings.retention })
  const graph = createGraph({
    clock,
    tellRelation: (tx, changes) =>
      sync.append(
        tx,
        changes.map((change) => ({ ...change, kind: kinds.relationUpdated })),
      ),
  })
  const messaging = createMessaging({
    store,
    graph,
    sync,
    clock,
    ids,
    publish,
    isConnected: bus.isConnected,
    rules: { edit: settings.edit, unsendWindow: settings.unsendWindow },
  })
  const accounts = createAccounts({
    store,
    clock,
    ids,
    passwords: createPasswords(),
    publish,
    openLog: sync.createLog,
    // Together, so that all logs are taken in order.
    tellMe: async (tx, account, renamed = false) =>
      sync.append(tx, [
        ...(renamed ? await messaging.showNewName(tx, account) : []),
        { account_id: account, kind: kinds.meUpdated },
      ]),
  })
  const status = createStatus({ store, clock, ids })
  const log = sync.reading({
    look: messaging.look,
    inbox: messaging.viewInbox,
    profiles: graph.profiles,
    me: accounts.viewMe,
  })
  await sync.start()
  const pages = inBatches(async (requests: readonly PageRequest[]) => {
    // Whoever follows a log is handed all of it: what lies ahead is marked at once, not page by page.
    const markAhead = async (tx: Transaction, marks: readonly FetchMark[]) => {
      const behind = new Set(marks.map(({ account_id }) => account_id))
      const stretches = requests
        .filter(({ viewer }) => behind.has(viewer))
        .map(({ viewer, after }) => ({ account_id: viewer, after, through: MAX_SEQ }))
      const ahead = await sync.receivedBetween(tx, stretches)
      await messaging.markFetched(tx, [...marks, ...ahead])
    }
    const read = await readMarked(store, markAhead, (tx) => log.pages(tx, requests))
    return read.map((value) => ({ value }))
  })
  const handlers = createHandlers({ store, accounts, graph, messaging, status, log })
  const adminHandlers = createAdminHandlers({ store, status })

  return {
    async call(name, caller, input) {
      // The registry's types hold per name; here the name is a value, and the gateway has validated.
      const handler = handlers[name] as (who: Caller | Visitor, input: object) => Promise<unknown>
      return handler(caller, input)
    },
    async administer(command, input) {
      const handler = adminHandlers[command] as (input: object) => Promise<unknown>
      return handler(input)
    },
    authenticate: accounts.authenticate,
    page: (viewer, epoch, after) => pages({ viewer, epoch, after }),
    head: (account) =>
      store.read(async (tx) => ({
        epoch: sync.epoch(),
        head: (await sync.logStates(tx, [account]))[0]?.head ?? 0,
      })),
    heads: (accountIds, deviceIds) =>
      store.read(async (tx) => ({
        heads: await sync.logStates(tx, accountIds),
        revoked: await accounts.revokedAmong(tx, deviceIds),
      })),
    revokedLately: () => store.read(accounts.revokedLately),
    attach: bus.attach,
    detach: bus.detach,
    onHint: bus.onHint,
    healthy: async () => store.healthy(),
    async trim() {
      await sync.trim()
      await messaging.expireRequests()
    },
    async close() {
      await bus.close()
      await store.close()
    },
  }
}
