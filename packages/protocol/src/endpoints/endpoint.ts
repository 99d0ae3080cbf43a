import type { Static, TObject, TSchema } from 'typebox'
import type { RefusalCode } from '../refusals.ts'
import type { EndpointName } from '../routes.ts'

/** Token bucket that a call draws from; sizes are the server's settings. */
export type Budget = 'read' | 'write' | 'send' | 'lookup' | 'sign_in' | 'sign_up'

/**
 * One endpoint's contract. `input` is flat: over HTTP its members stand in the path, then in the
 * query (GET, DELETE) or the JSON body (others); over the socket they are the frame's `data`.
 */
export interface Endpoint<Input extends TObject = TObject, Output extends TSchema = TSchema> {
  readonly name: EndpointName
  readonly summary: string
  /** `session`: a signed-in device. `none`: anybody. */
  readonly auth: 'none' | 'session'
  readonly input: Input
  readonly output: Output
  /** HTTP status of success; 204 has no body. */
  readonly success: 200 | 201 | 204
  readonly budget: Budget
  /** Codes besides `commonRefusals`. */
  readonly refusals: readonly RefusalCode[]
}

export function endpoint<Input extends TObject, Output extends TSchema>(
  declared: Endpoint<Input, Output>,
): Endpoint<Input, Output> {
  return declared
}

export type InputOf<E> = E extends Endpoint<infer Input, TSchema> ? Static<Input> : never
export type OutputOf<E> = E extends Endpoint<TObject, infer Output> ? Static<Output> : never
