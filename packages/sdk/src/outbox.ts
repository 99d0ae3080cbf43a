import type { Input } from '@takeback/protocol/endpoints/registry.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { MAX_TEXT } from '@takeback/protocol/limits.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import type { Clock } from './clock.ts'
import { fullJitter, type Random } from './random.ts'
import { upsertMessage } from './replica.ts'
import type { ReplicaStore } from './replica-store.ts'
import { asRefusal } from './session-client.ts'
import type { StoredEntry } from './storage.ts'

export interface OutboxOptions {
  store: ReplicaStore
  clock: Clock
  random: Random
  isOnline(): boolean
  /** One try over the line. @throws Refusal */
  send(data: Input<'messages.send'>): Promise<Message>
  /** Which entries are on their way has changed. */
  sending(entries: ReadonlyMap<ClientId, ConversationId>): void
}

export interface Outbox {
  /** Durable once resolved. Again with the same client id is the same entry. @throws Refusal message_too_long, invalid_input, storage_unavailable */
  enqueue(client_id: ClientId, conversation_id: ConversationId, text: string): Promise<void>
  retry(client_id: ClientId): Promise<void>
  /** Waits for a try that is on its way; null if it got through. */
  cancel(client_id: ClientId): Promise<string | null>
  /** The line is up. */
  online(): void
  /** Sends what can be sent now. */
  pump(): void
  stop(): void
}

interface InFlight {
  client_id: ClientId
  settled: Promise<void>
}

/**
 * Messages on their way out. Within a conversation one at a time, in the order they were written,
 * each under its client id for ever, so that a try of which nothing was heard is simply made again
 * (S9, A2). A refusal that time heals holds the conversation back; any other marks its entry failed
 * and lets the next ones go.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock, random } = options
  const inFlight = new Map<ConversationId, InFlight>()
  /** Conversations that wait before the next try; the function takes the wait back. */
  const pausing = new Map<ConversationId, { forNetwork: boolean; cancel(): void }>()
  let stopped = false

  function pump() {
    if (stopped || !options.isOnline()) return
    const next = new Map<ConversationId, StoredEntry>()
    for (const entry of store.copy.all('outbox')) {
      const first = next.get(entry.conversation_id)
      if (entry.status === 'queued' && (first === undefined || entry.order < first.order))
        next.set(entry.conversation_id, entry)
    }
    for (const [id, entry] of next) if (!inFlight.has(id) && !pausing.has(id)) start(entry)
  }

  function start(entry: StoredEntry) {
    const settled = deliver(entry).finally(() => {
      inFlight.delete(entry.conversation_id)
      tellSending()
      pump()
    })
    inFlight.set(entry.conversation_id, { client_id: entry.client_id, settled })
    tellSending()
  }

  function tellSending() {
    if (stopped) return
    options.sending(new Map([...inFlight].map(([id, { client_id }]) => [client_id, id])))
  }

  async function deliver(entry: StoredEntry): Promise<void> {
    const { client_id, conversation_id, text } = entry
    const { generation } = store.copy
    try {
      const message = await options.send({ conversation_id, client_id, text })
      await store.mutate((patch) => {
        // The copy was replaced meanwhile: sent again, the answer will fit the new one.
        if (patch.generation !== generation) return
        upsertMessage(patch, message)
        patch.delete('outbox', client_id)
      })
    } catch (error) {
      await refused(entry, asRefusal(error))
    }
  }

  async function refused(entry: StoredEntry, refusal: Refusal): Promise<void> {
    const attempts = entry.attempts + 1
    const { retryable } = refusal.row
    if (retryable) pause(entry.conversation_id, refusal, attempts)
    try {
      await store.mutate((patch) => {
        const now = patch.get('outbox', entry.client_id)
        if (now === undefined) return
        const status = retryable ? 'queued' : 'failed'
        patch.put('outbox', { ...now, status, attempts, reason: toProblem(refusal) })
      })
    } catch {
      // The entry stays as it was; the pause keeps it from going round at full speed.
      pause(entry.conversation_id, refusal, attempts)
    }
  }

  function pause(id: ConversationId, refusal: Refusal, attempts: number) {
    if (stopped) return
    pausing.get(id)?.cancel()
    const delay = Math.max(fullJitter(attempts, random), (refusal.extras.retry_after ?? 0) * 1000)
    const cancel = clock.after(delay, () => {
      pausing.delete(id)
      pump()
    })
    pausing.set(id, { forNetwork: refusal.code === 'network_unreachable', cancel })
  }

  function resumeNow(id: ConversationId) {
    pausing.get(id)?.cancel()
    pausing.delete(id)
  }

  return {
    async enqueue(client_id, conversation_id, text) {
      checkText(text)
      await store.mutate((patch) => {
        if (patch.get('outbox', client_id) !== undefined) return
        const order = Math.max(0, ...patch.all('outbox').map((entry) => entry.order)) + 1
        patch.put('outbox', {
          client_id,
          conversation_id,
          text,
          created_at: clock.now(),
          status: 'queued',
          reason: null,
          attempts: 0,
          order,
        })
      })
      pump()
    },
    async retry(client_id) {
      const entry = await store.mutate((patch) => {
        const found = patch.get('outbox', client_id)
        if (found?.status === 'failed')
          patch.put('outbox', { ...found, status: 'queued', reason: null, attempts: 0 })
        return found
      })
      if (entry !== undefined) resumeNow(entry.conversation_id)
      pump()
    },
    async cancel(client_id) {
      for (const flight of inFlight.values())
        if (flight.client_id === client_id) await flight.settled
      return store.mutate((patch) => {
        const entry = patch.get('outbox', client_id)
        if (entry === undefined) return null
        patch.delete('outbox', client_id)
        return entry.text
      })
    },
    online() {
      for (const [id, { forNetwork }] of pausing) if (forNetwork) resumeNow(id)
      pump()
    },
    pump,
    stop() {
      stopped = true
      for (const id of pausing.keys()) resumeNow(id)
    },
  }
}

/** What no server would take need not wait in an outbox; the writer still has it in hand. */
function checkText(text: string): void {
  if (text.trim() === '') throw new Refusal('invalid_input', { detail: 'A message needs text.' })
  // Code points, as the server counts.
  if (text.length > MAX_TEXT && Array.from(text).length > MAX_TEXT)
    throw new Refusal('message_too_long')
}
