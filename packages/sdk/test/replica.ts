import { LocalCopy } from '../src/local-copy.ts'
import { initialLive } from '../src/live.ts'
import type { Patch } from '../src/patch.ts'
import { applySnapshot } from '../src/replica.ts'
import { createReplicaStore } from '../src/replica-store.ts'
import { createMemoryStorage } from '../src/storage-memory.ts'
import type { Storage } from '../src/storage.ts'
import { Views } from '../src/views.ts'
import { snapshot } from './samples.ts'

/** A replica over memory, with its readers and without a network. */
export function createTestReplica(storage: Storage = createMemoryStorage()) {
  const copy = new LocalCopy()
  const views = new Views(copy, () => initialLive)
  const store = createReplicaStore({ storage, copy, applied: (change) => views.forget(change) })
  return {
    copy,
    views,
    store,
    storage,
    mutate: <Result>(compute: (patch: Patch) => Result) => store.mutate(compute),
    texts: (id: Parameters<Views['messages']>[0]) =>
      views.messages(id).map((message) => message.text ?? '(unsent)'),
  }
}

export type TestReplica = ReturnType<typeof createTestReplica>

/** One that holds a conversation from its very start. */
export async function startReplica(from = snapshot(), storage?: Storage): Promise<TestReplica> {
  const replica = createTestReplica(storage)
  await replica.mutate((patch) => {
    applySnapshot(patch, from, 1)
    for (const stored of patch.all('conversations'))
      patch.put('conversations', { ...stored, history_from: 1, has_older: false })
  })
  return replica
}
