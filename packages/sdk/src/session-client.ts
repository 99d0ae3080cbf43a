import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'

/** A call that takes longer counts as not answered, ms. */
const DEADLINE = 20_000

/** Whether this refusal ends the session, whatever was asked. */
export const endsSession = (refusal: Refusal): boolean =>
  refusal.code === 'session_revoked' || refusal.code === 'not_signed_in'

/** Any failure as a refusal, so that everything that goes wrong has a code (E1). */
export const asRefusal = (error: unknown): Refusal =>
  error instanceof Refusal
    ? error
    : new Refusal('internal', {
        detail: error instanceof Error ? error.message : 'Unknown failure.',
      })

/**
 * A client of a signed-in device: calls have a deadline, and one that is refused because the session
 * has ended says so (S1).
 */
export function createSessionClient(
  client: Client,
  clock: Clock,
  sessionEnded: (reason: Refusal) => void,
): Client {
  return {
    async call(name, input, options = {}) {
      const late = new AbortController()
      const cancel = clock.after(DEADLINE, () => late.abort())
      const signal =
        options.signal === undefined ? late.signal : AbortSignal.any([late.signal, options.signal])
      try {
        return await client.call(name, input, { ...options, signal })
      } catch (error) {
        if (late.signal.aborted) throw new Refusal('network_unreachable')
        if (error instanceof Refusal && endsSession(error)) sessionEnded(error)
        throw error
      } finally {
        cancel()
      }
    },
  }
}
