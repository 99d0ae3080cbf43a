import type { ClientId } from '@takeback/protocol/ids.ts'
import { toProblem } from '@takeback/protocol/refusals.ts'
import { createClient } from './client.ts'
import { systemClock, type Clock } from './clock.ts'
import type { CommandName, Commands } from './commands.ts'
import { createDevice } from './device.ts'
import { initialLive, isNothing, liveChange, type LiveState } from './live.ts'
import { LocalCopy } from './local-copy.ts'
import {
  platformChannel,
  platformLocks,
  platformSocket,
  platformNetwork,
  socketUrl,
} from './platform.ts'
import { newClientId, systemRandom, type Random } from './random.ts'
import { createSessionClient } from './session-client.ts'
import type { Batch, Storage } from './storage.ts'
import { createTabs, type ChannelLike, type TabNotice } from './tabs.ts'
import type { SocketLike } from './transport.ts'
import type { Change, Takeback } from './types.ts'
import { Views } from './views.ts'

export interface TakebackOptions {
  /** Origin of the service, e.g. `https://chat.example`; `''` in a browser means the page's own. */
  baseUrl: string
  /** Bearer token; leave out in a browser that carries the cookie. */
  token?: string
  /** How this client names itself to the service; `sdk/VERSION` if left out. */
  name?: string
  /** Where the local copy is kept: one for each account on a device. */
  storage: Storage
  WebSocket?: new (url: string) => SocketLike
  fetch?: typeof fetch
  clock?: Clock
  random?: Random
  /** Null: no other tab is to be reckoned with. */
  locks?: LockManager | null
  channel?: ((name: string) => ChannelLike) | null
  /** How long the local copy may be kept without hearing from the service, ms; 90 days (S8). */
  lease?: number
  /** Calls `back` whenever something speaks for a working network, `gone` when there is none; the browser's events by default. */
  onNetwork?: (back: () => void, gone: () => void) => () => void
}

const NINETY_DAYS = 90 * 24 * 3_600_000

/** One signed-in device. Nothing happens until `start`; a stopped one is not started again. */
export function createTakeback(options: TakebackOptions): Takeback {
  const { storage, clock = systemClock, random = systemRandom, lease = NINETY_DAYS } = options
  const Socket = options.WebSocket
  const copy = new LocalCopy()
  const listeners = new Set<(change: Change) => void>()
  let live: LiveState = initialLive
  let stopNetwork = () => {}
  const views = new Views(copy, () => live)
  const bareClient = createClient(options)
  const client = createSessionClient(bareClient, clock, (reason) => {
    void run('sessionEnded', toProblem(reason)).catch(() => undefined)
  })

  function announce(change: Change) {
    if (isNothing(change)) return
    views.forget(change)
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        // A listener's fault is the app's to hear of, and nobody else's to suffer from.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  function follow(changed: Partial<LiveState>) {
    const before = live
    live = { ...live, ...changed }
    announce(liveChange(before, live))
  }

  const tabs = createTabs({
    sharedAs: storage.sharedAs,
    locks: options.locks === undefined ? platformLocks() : (options.locks ?? undefined),
    channel: options.channel === undefined ? platformChannel() : (options.channel ?? undefined),
    newId: () => newClientId(random),
    lead: () => device.start(),
    run: runHere,
    noticed,
    live: () => live,
  })

  const device = createDevice({
    socketUrl: socketUrl(options.baseUrl),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.name === undefined ? {} : { name: options.name }),
    client: bareClient,
    storage,
    copy,
    connect: Socket === undefined ? platformSocket : (url) => new Socket(url),
    clock,
    random,
    lease,
    live: () => live,
    setLive(changed) {
      follow(changed)
      tabs.tell({ type: 'live', changed })
    },
    applied(change: Change, batch: Batch | null) {
      announce(change)
      tabs.tell(batch === null ? { type: 'reload' } : { type: 'batch', batch })
    },
  })

  /** As a follower: what the leader did is read from storage, or taken over batch by batch. */
  function noticed(notice: Extract<TabNotice, { type: 'batch' | 'reload' | 'live' }>) {
    if (notice.type === 'live') follow(notice.changed)
    else if (notice.type === 'reload') void reload()
    else if (notice.batch.revision === copy.revision) announce(copy.apply(notice.batch))
    else if (notice.batch.revision > copy.revision) void reload()
  }

  async function reload(): Promise<void> {
    const stored = await storage.load()
    // Batches that came during the load may have brought the copy further already.
    if (tabs.isLeader() || stored.revision < copy.revision) return
    const { contact_at } = stored.meta
    if (contact_at > 0 && clock.now() - contact_at > lease) return
    announce(copy.replace(stored))
  }

  function runHere(command: CommandName, args: readonly unknown[]): Promise<unknown> {
    const perform = device.commands[command] as (...given: readonly unknown[]) => Promise<unknown>
    return perform(...args)
  }

  const run = <Name extends CommandName>(
    command: Name,
    ...args: Parameters<Commands[Name]>
  ): ReturnType<Commands[Name]> =>
    tabs.isLeader()
      ? (runHere(command, args) as ReturnType<Commands[Name]>)
      : tabs.ask(command, args)

  const unheard = (done: Promise<unknown>) => void done.catch(() => undefined)

  return {
    client,
    async start() {
      if (!(await tabs.join())) await reload()
      stopNetwork = (options.onNetwork ?? platformNetwork)(
        // From any tab: the leader may be asleep in the background while another one is looked at.
        () => unheard(run('wake')),
        () => {
          if (tabs.isLeader()) unheard(run('networkGone'))
        },
      )
    },
    async stop() {
      stopNetwork()
      await device.stop()
      tabs.leave()
      if (live.connection.state !== 'signed_out')
        follow({ connection: { state: 'offline', retry_at: null } })
      await storage.close()
    },
    signOut: () => run('signOut'),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    connection: () => live.connection,
    me: () => copy.meta.me,
    loading: () => copy.meta.cursor === null && live.connection.state !== 'signed_out',
    conversations: (folder = 'inbox') => views.conversations(folder),
    conversation: (id) => views.conversation(id),
    messages: (id) => views.messages(id),
    hasOlder: (id) => views.hasOlder(id),
    outbox: (id) => views.outbox(id),
    draft: (id) => copy.get('drafts', id)?.text ?? '',
    typing: (id) => live.typing.get(id) ?? nobody,
    relation: (id) => live.relations.get(id) ?? null,
    statusOf: (message) => views.statusOf(message),

    async send(id, text) {
      const clientId: ClientId = newClientId(random)
      await run('send', clientId, id, text)
      return clientId
    },
    retry: (id) => run('retry', id),
    cancel: (id) => run('cancel', id),
    setDraft: (id, text) => run('setDraft', id, text),
    open: (accountId) => run('open', accountId),
    edit: (id, text) => run('edit', id, text),
    unsend: (id) => run('unsend', id),
    deleteForMe: (id) => run('deleteForMe', id),
    deleteThread: (id) => run('deleteThread', id),
    loadOlder: (id) => run('loadOlder', id),
    markRead: (id, seq) => unheard(run('markRead', id, seq)),
    notifyTyping: (id) => unheard(run('notifyTyping', id)),
  }
}

const nobody: readonly never[] = []
