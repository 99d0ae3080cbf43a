import { randomUUID } from 'node:crypto'
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { Bus, Draw, Hint, SharedDraws } from './bus.ts'
import { createElsewhere } from './elsewhere.ts'
import { createFrames, derivedName, type FrameContent } from './frame.ts'
import { connectOptions } from './nats-url.ts'

export interface NatsOptions {
  /** `nats://user:password@host:port`, or several by comma. */
  url: string
  /** The secret of the installation (bus/key.ts). */
  key: string
  clock: Clock
  /** Told when the line goes and why; hints are lost meanwhile, and nothing else. */
  onError?: (error: Error) => void
}

/** How often a node says all over who is connected to it, ms. */
const ANNOUNCE_EVERY = 10_000
/** Ids in one frame. */
const MAX_IDS = 5000
/** A typing hint that took longer on its way is about something else by now, ms. */
const TYPING_LASTS = 5000
/** How long closing may take, ms. */
const CLOSE_WITHIN = 1000

/**
 * Hints between nodes over NATS core publish and subscribe: each node hears of the accounts that
 * have a socket there, and of what concerns all. Here they are heard at once and directly. Nothing
 * waits for this bus, and nothing is kept for it while it is down: logs are polled (B1).
 */
export function createNatsBus({
  url,
  key,
  clock,
  onError = () => {},
}: NatsOptions): Bus & SharedDraws {
  const node = randomUUID()
  const frames = createFrames(key, node, clock)
  const space = `takeback.${derivedName(key, 'subjects')}`
  const everybody = `${space}.all`
  const subjectOf = (account: AccountId): string => `${space}.to.${account}`

  const sockets = new Map<AccountId, number>()
  const subscriptions = new Map<AccountId, Subscription>()
  const elsewhere = createElsewhere(clock)
  let listener: (hint: Hint) => void = () => {}
  let drawsListener: (draws: readonly Draw[]) => void = () => {}
  let line: NatsConnection | null = null
  let up = false
  let closed = false
  let outgoing = nothing()
  let scheduled = false

  /** Once a turn: what it brought goes out in one frame for each subject. */
  function schedule(): void {
    if (scheduled || !up) return
    scheduled = true
    setImmediate(flush)
  }

  function flush(): void {
    scheduled = false
    const { accounts, all, moved } = outgoing
    outgoing = nothing()
    if (moved.size > 0) {
      all.connected = [...moved].filter((account) => sockets.has(account))
      all.gone = [...moved].filter((account) => !sockets.has(account))
    }
    for (const [account, content] of accounts) post(subjectOf(account), content)
    if (Object.keys(all).length > 0) post(everybody, all)
  }

  function post(subject: string, content: FrameContent): void {
    if (!up || line === null) return
    try {
      line.publish(subject, frames.write(subject, content))
    } catch (error) {
      onError(error as Error)
    }
  }

  function publish(hint: Hint): void {
    listener(hint)
    if (!up) return
    if (hint.type === 'revoked') (outgoing.all.revoked ??= []).push(hint.device_id)
    else {
      const own = outgoing.accounts.get(hint.account_id) ?? {}
      outgoing.accounts.set(hint.account_id, own)
      if (hint.type === 'poke') own.poke = Math.max(own.poke ?? 0, hint.seq)
      else (own.typing ??= []).push({ conversation_id: hint.conversation_id, by: hint.by })
    }
    schedule()
  }

  function hear(account: AccountId, bytes: Uint8Array): void {
    const frame = frames.read(subjectOf(account), bytes)
    if (frame === null) return
    if (frame.poke !== undefined) listener({ type: 'poke', account_id: account, seq: frame.poke })
    if (clock() - frame.at <= TYPING_LASTS)
      for (const { conversation_id, by } of frame.typing ?? [])
        listener({
          type: 'typing',
          account_id: account,
          conversation_id,
          by,
        })
  }

  function hearAll(bytes: Uint8Array): void {
    const frame = frames.read(everybody, bytes)
    if (frame === null) return
    for (const device_id of frame.revoked ?? []) listener({ type: 'revoked', device_id })
    if (frame.connected !== undefined || frame.gone !== undefined) elsewhere.note(frame.node, frame)
    // Not all at once: every node hears the same question.
    if (frame.ask === true) setTimeout(announce, Math.random() * 1000).unref()
    if (frame.draws !== undefined) drawsListener(frame.draws)
  }

  /** Says all over who is connected here. */
  function announce(): void {
    const all = [...sockets.keys()]
    for (let at = 0; at === 0 || at < all.length; at += MAX_IDS)
      post(everybody, {
        connected: all.slice(at, at + MAX_IDS),
        ...(at === 0 ? { first: true } : {}),
      })
  }

  function follow(account: AccountId): void {
    if (line === null || subscriptions.has(account)) return
    const callback = (_: unknown, message: { data: Uint8Array }) => hear(account, message.data)
    subscriptions.set(account, line.subscribe(subjectOf(account), { callback }))
  }

  function onUp(): void {
    up = true
    // What gathered meanwhile is in the list of all.
    outgoing = nothing()
    post(everybody, { ask: true })
    announce()
  }

  async function start(): Promise<void> {
    const opened = await connect(connectOptions(url))
    if (closed) return opened.close()
    line = opened
    opened.subscribe(everybody, { callback: (_, message) => hearAll(message.data) })
    for (const account of sockets.keys()) follow(account)
    onUp()
    for await (const status of opened.status()) {
      if (status.type === 'disconnect') {
        up = false
        onError(new Error('The line to NATS was lost.'))
      } else if (status.type === 'reconnect') onUp()
    }
  }

  void start().catch((error: unknown) => {
    if (!closed) onError(error as Error)
  })
  const announcing = setInterval(announce, ANNOUNCE_EVERY).unref()

  return {
    publish,
    onHint: (next) => {
      listener = next
    },
    attach(account) {
      const before = sockets.get(account) ?? 0
      sockets.set(account, before + 1)
      if (before > 0) return
      follow(account)
      outgoing.moved.add(account)
      schedule()
    },
    detach(account) {
      const left = (sockets.get(account) ?? 0) - 1
      if (left > 0) return void sockets.set(account, left)
      sockets.delete(account)
      subscriptions.get(account)?.unsubscribe()
      subscriptions.delete(account)
      outgoing.moved.add(account)
      schedule()
    },
    isConnected: (account) => sockets.has(account) || elsewhere.has(account),
    bucketName: (bucket) => derivedName(key, bucket),
    shareDraws(draws) {
      if (!up) return
      for (let at = 0; at < draws.length; at += MAX_IDS)
        post(everybody, { draws: draws.slice(at, at + MAX_IDS) })
    },
    onDraws: (next) => {
      drawsListener = next
    },
    async close() {
      closed = true
      clearInterval(announcing)
      if (line === null) return
      sockets.clear()
      if (up) {
        flush()
        announce()
      }
      // What is closed without its server ever coming back would drain for ever.
      await Promise.race([up ? line.drain() : line.close(), wait(CLOSE_WITHIN)])
      up = false
    },
  }
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

/** What one turn has to say: to each account's nodes, and to all. */
const nothing = (): {
  accounts: Map<AccountId, FrameContent>
  all: FrameContent
  /** Accounts that came or went here. */
  moved: Set<AccountId>
} => ({ accounts: new Map(), all: {}, moved: new Set() })
