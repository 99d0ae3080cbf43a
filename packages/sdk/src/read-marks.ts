import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { fullJitter, type Random } from './random.ts'
import { upsertConversation } from './replica.ts'
import type { ReplicaStore } from './replica-store.ts'
import { asRefusal } from './session-client.ts'

export interface ReadMarksOptions {
  store: ReplicaStore
  client: Client
  clock: Clock
  random: Random
  isOnline(): boolean
}

/**
 * "I have read up to here", kept until the server knows it: one mark for each conversation, the
 * highest seq, one call at a time.
 */
export function createReadMarks({ store, client, clock, random, isOnline }: ReadMarksOptions) {
  const busy = new Set<ConversationId>()
  const timers = new Set<() => void>()
  let failures = 0
  let stopped = false

  function pump() {
    if (stopped || !isOnline()) return
    for (const { conversation_id } of store.copy.all('read_marks'))
      if (!busy.has(conversation_id)) void tell(conversation_id)
  }

  async function tell(id: ConversationId): Promise<void> {
    const mark = store.copy.get('read_marks', id)
    if (mark === undefined) return
    busy.add(id)
    const { generation } = store.copy
    let delay = 0
    try {
      const conversation = await client.call('conversations.read', {
        conversation_id: id,
        seq: mark.seq,
      })
      failures = 0
      await store.mutate((patch) => {
        if (patch.generation !== generation) return
        upsertConversation(patch, conversation)
        if (patch.get('read_marks', id)?.seq === mark.seq) patch.delete('read_marks', id)
      })
    } catch (error) {
      delay = await failed(id, error)
    }
    if (delay === 0) again(id)
    else {
      const cancel = clock.after(delay, () => {
        timers.delete(cancel)
        again(id)
      })
      timers.add(cancel)
    }
  }

  /** How long to wait, ms; 0 if this mark is not worth telling again. */
  async function failed(id: ConversationId, error: unknown): Promise<number> {
    const refusal = asRefusal(error)
    if (!refusal.row.retryable) {
      const dropped = await store
        .mutate((patch) => patch.delete('read_marks', id))
        .then(
          () => true,
          () => false,
        )
      if (dropped) return 0
    }
    const asked = (refusal.extras.retry_after ?? 0) * 1000
    return Math.max(fullJitter(++failures, random), asked, 1)
  }

  function again(id: ConversationId) {
    busy.delete(id)
    pump()
  }

  return {
    /** Durable once resolved. Never goes back. */
    async mark(id: ConversationId, seq: number): Promise<void> {
      await store.mutate((patch) => {
        const known = Math.max(
          patch.get('conversations', id)?.read_seq ?? 0,
          patch.get('read_marks', id)?.seq ?? 0,
        )
        if (seq > known) patch.put('read_marks', { conversation_id: id, seq })
      })
      pump()
    },
    pump,
    stop(): void {
      stopped = true
      for (const cancel of timers) cancel()
    },
  }
}
