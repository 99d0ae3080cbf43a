import { Refusal } from '@takeback/protocol/refusals.ts'
import type { LocalCopy } from './local-copy.ts'
import { Patch } from './patch.ts'
import { StorageMovedOn, type Batch, type Storage } from './storage.ts'
import type { Change } from './types.ts'

/** Attempts at writing over somebody who writes as well. */
const ATTEMPTS = 5

/** What the one writer of the local copy (the leading tab) is given to change it with. */
export interface ReplicaStore {
  readonly copy: LocalCopy
  /**
   * Computes a change and writes it; resolves once it is durable and shown. Changes are made one
   * after the other, each seeing the one before. `compute` may run again if somebody else wrote,
   * so it must do nothing but change the patch.
   * @throws Refusal storage_unavailable — the device would not store it (full, for instance); nothing changed.
   */
  mutate<Result>(compute: (patch: Patch) => Result): Promise<Result>
  /** From here on nothing is written any more; resolves once what was being written is. */
  seal(): Promise<void>
}

export interface ReplicaStoreOptions {
  storage: Storage
  copy: LocalCopy
  /** The copy has changed: by `batch`, or by a reload if that is null. */
  applied(change: Change, batch: Batch | null): void
}

export function createReplicaStore({ storage, copy, applied }: ReplicaStoreOptions): ReplicaStore {
  let last: Promise<unknown> = Promise.resolve()
  let sealed = false

  async function run<Result>(compute: (patch: Patch) => Result): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      if (sealed) throw new Refusal('not_signed_in')
      const patch = new Patch(copy)
      const result = compute(patch)
      if (patch.isEmpty) return result
      const batch = patch.toBatch()
      try {
        await storage.write(batch)
      } catch (error) {
        if (!(error instanceof StorageMovedOn) || attempt === ATTEMPTS) throw notStored(error)
        applied(copy.replace(await storage.load()), null)
        continue
      }
      applied(copy.apply(batch), batch)
      return result
    }
  }

  return {
    copy,
    mutate(compute) {
      const next = last.then(() => run(compute))
      last = next.catch(() => undefined)
      return next
    },
    async seal() {
      sealed = true
      await last
    },
  }
}

const notStored = (error: unknown): Refusal =>
  new Refusal('storage_unavailable', {
    detail: `This device could not store it: ${error instanceof Error ? error.message : 'unknown reason'}`,
  })
