import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { VERSION } from '@takeback/protocol/version.ts'
import type { StatusDeps } from './status.ts'
import { incidentsSince } from './tables.ts'
import { viewIncidents } from './views.ts'

/** How long what is resolved stays on the status page, ms. */
const SHOWN_FOR = 7 * 24 * 60 * 60_000

/** Always answers: while the store is away, with the incidents that were read last. */
export function getStatus({ store, clock }: Pick<StatusDeps, 'store' | 'clock'>) {
  let known: Incident[] = []

  async function incidents(): Promise<Incident[]> {
    // A store that is away may take its time to say so, and nobody writes an incident there meanwhile.
    if (!store.healthy()) return known
    try {
      known = await store.read(async (tx) =>
        viewIncidents(tx, await incidentsSince(tx, clock() - SHOWN_FOR)),
      )
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'storage_unavailable')) throw error
    }
    return known
  }

  return async (): Promise<Output<'status.get'>> => ({
    incidents: await incidents(),
    status: store.healthy() ? 'ok' : 'degraded',
    version: VERSION,
    time: clock(),
  })
}
