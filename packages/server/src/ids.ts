import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Makes ids and secrets. One source, so that tests can be given a seeded one. */
export interface Ids {
  /** A ULID in lower case (https://github.com/ulid/spec): sorts by time, 80 bits unguessable. */
  next<Id extends string>(): Id
  /** 256 random bits, base64url: a session token. */
  secret(): string
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

export function createIds(clock: Clock, fill: (bytes: Buffer) => Buffer = randomFillSync): Ids {
  // Random bytes are drawn from the kernel a pool at a time: one id costs no system call.
  const pool = Buffer.alloc(8192)
  let used = pool.length
  const take = (count: number): Buffer => {
    if (used + count > pool.length) {
      fill(pool)
      used = 0
    }
    used += count
    return pool.subarray(used - count, used)
  }
  return {
    next<Id extends string>() {
      let time = clock()
      let prefix = ''
      for (let digit = 0; digit < 10; digit++) {
        prefix = alphabet.charAt(time % 32) + prefix
        time = Math.floor(time / 32)
      }
      let suffix = ''
      for (const byte of take(16)) suffix += alphabet.charAt(byte & 31)
      return (prefix + suffix) as Id
    },
    secret: () => Buffer.from(take(32)).toString('base64url'),
  }
}
