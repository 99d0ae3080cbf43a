/**
 * The wire contract as one value, and its hash. `npm run wire:pin` writes the hash to version.ts;
 * test/wire.test.ts holds the two against each other, so that a change of the wire is a decision.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endpoints } from '@takeback/protocol/endpoints/registry.ts'
import type { Endpoint } from '@takeback/protocol/endpoints/endpoint.ts'
import { LogEvent } from '@takeback/protocol/events.ts'
import { closeCodes, downFrames, MAX_FRAME_BYTES, UpFrame } from '@takeback/protocol/frames.ts'
import { refusals, remedies } from '@takeback/protocol/refusals.ts'
import { routes } from '@takeback/protocol/routes.ts'
import { packagesDir } from './paths.ts'

/**
 * Everything that another implementation would have to agree on. Summaries, sentences and rate
 * budgets are left out: they may change without anybody's code breaking.
 */
export function wireContract(): unknown {
  return {
    routes,
    endpoints: Object.values<Endpoint>(endpoints).map(
      ({ name, auth, input, output, success, refusals }) => ({
        name,
        auth,
        input,
        output,
        success,
        refusals,
      }),
    ),
    events: LogEvent,
    frames: { up: UpFrame, down: downFrames, close: closeCodes, max_bytes: MAX_FRAME_BYTES },
    refusals: Object.entries(refusals).map(([code, { status, retryable, remedies }]) => ({
      code,
      status,
      retryable,
      remedies,
    })),
    remedies: Object.keys(remedies),
  }
}

export function wireHash(): string {
  return createHash('sha256').update(canonical(wireContract())).digest('hex')
}

/** JSON with the members of every object in name order: the order they are declared in says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

if (import.meta.main) {
  const file = join(packagesDir, 'protocol/src/version.ts')
  const text = readFileSync(file, 'utf8')
  const pinned = text.replace(/(WIRE_HASH =\s*)'\w*'/, `$1'${wireHash()}'`)
  if (pinned !== text) writeFileSync(file, pinned)
  console.log(pinned === text ? 'The wire is as it was pinned.' : 'Pinned the wire as it is now.')
}
