import type { ClientId } from '@takeback/protocol/ids.ts'

/** A number in [0, 1), as `Math.random`. */
export type Random = () => number

/** Unpredictable, and also there on pages without a secure context, unlike `crypto.randomUUID`. */
export const systemRandom: Random = () =>
  (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** 22 characters, 132 random bits: never the same twice, on any device (S9). */
export const newClientId = (random: Random): ClientId =>
  Array.from({ length: 22 }, () => alphabet.charAt(Math.floor(random() * 64))).join('') as ClientId

/**
 * Delay before try number `attempt` (from 0), ms: exponential with full jitter, so that clients cut
 * off together do not come back together.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const fullJitter = (attempt: number, random: Random, base = 300, cap = 30_000): number =>
  Math.round(random() * Math.min(cap, base * 2 ** Math.min(attempt, 20)))
