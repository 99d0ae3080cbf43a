import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Refusal } from '@takeback/protocol/refusals.ts'

/** OWASP's argon2id minimum: 19 MiB, two passes, one lane. */
const MEMORY = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
/** Hashes at work at once, and waiting: what is beyond is refused, so that a flood of sign-ins stays bounded. */
const AT_WORK = 2
const WAITING = 64

const derive = promisify(argon2)

export interface Passwords {
  /** A PHC string (https://github.com/P-H-C/phc-string-format). @throws Refusal rate_limited */
  hash(password: string): Promise<string>
  /** Takes as long for an account that does not exist (`hash` null). @throws Refusal rate_limited */
  verify(password: string, hash: string | null): Promise<boolean>
}

export function createPasswords(): Passwords {
  const queue = boundedQueue(AT_WORK, WAITING)
  // Nobody's: no password makes this tag, and finding that out costs what a real one costs.
  const nobodys = phc(randomBytes(16), randomBytes(TAG_BYTES))

  const tagOf = (password: string, salt: Buffer, memory: number, passes: number, lanes: number) =>
    queue(() =>
      derive('argon2id', {
        // The same password typed with another keyboard is the same password (RFC 8265).
        message: password.normalize('NFC'),
        nonce: salt,
        memory,
        passes,
        parallelism: lanes,
        tagLength: TAG_BYTES,
      }),
    )

  async function hash(password: string): Promise<string> {
    const salt = randomBytes(16)
    const tag = await tagOf(password, salt, MEMORY, PASSES, LANES)
    return phc(salt, tag)
  }

  return {
    hash,
    async verify(password, known) {
      const parsed = parse(known ?? nobodys)
      const tag = await tagOf(password, parsed.salt, parsed.memory, parsed.passes, parsed.lanes)
      return timingSafeEqual(tag, parsed.tag) && known !== null
    },
  }
}

const phc = (salt: Buffer, tag: Buffer): string =>
  `$argon2id$v=19$m=${MEMORY},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function parse(phc: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(phc)
  if (match === null) throw new Error('A stored password hash is not an argon2id PHC string.')
  return {
    memory: Number(match[1]),
    passes: Number(match[2]),
    lanes: Number(match[3]),
    salt: Buffer.from(match[4] ?? '', 'base64'),
    tag: Buffer.from(match[5] ?? '', 'base64'),
  }
}

function boundedQueue(atWork: number, waiting: number) {
  let running = 0
  const line: (() => void)[] = []
  return async <T>(job: () => Promise<T>): Promise<T> => {
    if (running >= atWork) {
      if (line.length >= waiting) throw new Refusal('rate_limited', { retry_after: 5 })
      await new Promise<void>((resolve) => line.push(resolve))
    } else running++
    try {
      return await job()
    } finally {
      // The place is handed on, not given up: a newcomer cannot slip in before who waits.
      const next = line.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
