import { randomUUID } from 'node:crypto'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { Bus, Draw, Hint, SharedDraws } from './bus.ts'
import { createElsewhere } from './elsewhere.ts'
import { createFrames, derivedName, type FrameContent } from './frame.ts'
import { keepLine } from './line.ts'

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
/** Over how long the answers of all nodes to one that asks are spread, ms. */
const ANSWER_WITHIN = 1000

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
  const elsewhere = createElsewhere(clock)
  let listener: (hint: Hint) => void = () => {}
  let drawsListener: (draws: readonly Draw[]) => void = () => {}
  let outgoing = nothing()
  let scheduled = false
  let answering: NodeJS.Timeout | null = null
  const line = keepLine({ url, onUp, onError })
  line.want(everybody, hearAll)

  /** Once a turn: what it brought goes out in one frame for each subject. */
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }

  function flush(): void {
    scheduled = false
    const { accounts, revoked, moved } = outgoing
    outgoing = nothing()
    for (const [account, content] of accounts) post(subjectOf(account), content)
    for (const devices of chunks(revoked)) post(everybody, { revoked: devices })
    for (const some of chunks([...moved]))
      post(everybody, {
        connected: some.filter((account) => sockets.has(account)),
        gone: some.filter((account) => !sockets.has(account)),
      })
  }

  const post = (subject: string, content: FrameContent): void =>
    line.publish(subject, frames.write(subject, content))

  function publish(hint: Hint): void {
    listener(hint)
    if (!line.isUp()) return
    if (hint.type === 'revoked') outgoing.revoked.push(hint.device_id)
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
        listener({ type: 'typing', account_id: account, conversation_id, by })
  }

  function hearAll(bytes: Uint8Array): void {
    const frame = frames.read(everybody, bytes)
    if (frame === null) return
    for (const device_id of frame.revoked ?? []) listener({ type: 'revoked', device_id })
    if (frame.connected !== undefined || frame.gone !== undefined) elsewhere.note(frame.node, frame)
    // Not all at once: every node hears the same question.
    if (frame.ask === true) answering ??= setTimeout(answer, Math.random() * ANSWER_WITHIN).unref()
    if (frame.draws !== undefined) drawsListener(frame.draws)
  }

  /** Says all over who is connected here. */
  function announce(): void {
    if (!line.isUp()) return
    const [some = [], ...more] = chunks([...sockets.keys()])
    post(everybody, { connected: some, first: true })
    for (const others of more) post(everybody, { connected: others })
  }

  function answer(): void {
    answering = null
    announce()
  }

  function onUp(): void {
    post(everybody, { ask: true })
    announce()
  }

  /** An account came or went. Nothing is noted while the line is down: then all are told at its start. */
  function move(account: AccountId): void {
    if (!line.isUp()) return
    outgoing.moved.add(account)
    schedule()
  }

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
      line.want(subjectOf(account), (bytes) => hear(account, bytes))
      move(account)
    },
    detach(account) {
      const left = (sockets.get(account) ?? 0) - 1
      if (left > 0) return void sockets.set(account, left)
      sockets.delete(account)
      line.unwant(subjectOf(account))
      move(account)
    },
    isConnected: (account) => sockets.has(account) || elsewhere.has(account),
    bucketName: (bucket) => derivedName(key, bucket),
    shareDraws(draws) {
      if (!line.isUp()) return
      for (const some of chunks(draws)) post(everybody, { draws: some })
    },
    onDraws: (next) => {
      drawsListener = next
    },
    async close() {
      clearInterval(announcing)
      if (answering !== null) clearTimeout(answering)
      if (line.isUp()) {
        flush()
        sockets.clear()
        announce()
      }
      await line.close()
    },
  }
}

/** Never more in one frame than everybody would take. */
function chunks<T>(all: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < all.length; at += MAX_IDS) parts.push(all.slice(at, at + MAX_IDS))
  return parts
}

/** What one turn has to say: to each account's nodes, and to all. */
const nothing = (): {
  accounts: Map<AccountId, FrameContent>
  revoked: DeviceId[]
  /** Accounts that came or went here. */
  moved: Set<AccountId>
} => ({ accounts: new Map(), revoked: [], moved: new Set() })
