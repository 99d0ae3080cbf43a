import { Refusal, type RefusalCode, type RefusalExtras } from '@takeback/protocol/refusals.ts'
import { CannotWrite } from '../store/store.ts'
import type { Core, Hint } from './types.ts'

/** Core methods that answer; `attach` and `detach` do not. */
export type Asked =
  | 'call'
  | 'administer'
  | 'authenticate'
  | 'page'
  | 'head'
  | 'heads'
  | 'revokedLately'
  | 'healthy'
  | 'close'
export type Told = 'attach' | 'detach'

/**
 * To the core's thread, many in one post, as JSON text: that crosses in half the time that plain
 * objects take. `id` is null for what needs no answer.
 */
export interface Ask {
  id: number | null
  method: Asked | Told
  args: unknown[]
}

/** What an ask met instead of an answer; `cannot_write` is for a thread that can. */
export type Failure =
  | { refusal: { code: RefusalCode; extras: RefusalExtras } }
  | { failure: string }
  | { cannot_write: true }

/** From the core's thread: answers and hints gathered since the last post. */
export interface Post {
  /** Asks that were answered, and beside them their answers, most of which are texts. */
  answered: number[]
  values: unknown[]
  failed: { id: number; failure: Failure }[]
  hints: Hint[]
}

export function toFailure(error: unknown): Failure {
  if (error instanceof Refusal) return { refusal: { code: error.code, extras: error.extras } }
  if (error instanceof CannotWrite) return { cannot_write: true }
  return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

export function toError(failed: Failure): Error {
  if ('refusal' in failed) return new Refusal(failed.refusal.code, failed.refusal.extras)
  return 'failure' in failed ? new Error(failed.failure) : new CannotWrite()
}

/** Runs what was asked, or told, of a core. */
export function perform(core: Core, { method, args }: Ask): unknown {
  const run = core[method] as (...given: unknown[]) => unknown
  return run(...args)
}
