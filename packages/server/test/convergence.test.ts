/**
 * Random commands from several people and devices, under disconnects, lost pokes, trims and
 * restarts; then every replica must equal a fresh snapshot (O3, O1), and no unsent text may be left
 * anywhere (U1, U2). TAKEBACK_SEED repeats a run; seeds that once failed stand below by name.
 */
// both engines
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runConvergence } from './convergence/run.ts'

const seeds = process.env['TAKEBACK_SEED']
  ? [Number(process.env['TAKEBACK_SEED'])]
  : [1, 2, 3, Math.floor(Math.random() * 2 ** 31)]

let hunted = 0
for (const seed of seeds)
  test(`O3: every device equals a fresh snapshot, and no unsent text is left (seed ${seed})`, async (context) => {
    context.diagnostic(`TAKEBACK_SEED=${seed} repeats this run`)
    hunted += await runConvergence(seed, 240)
  })

test('the runs above have unsent texts to hunt for', () => {
  assert.ok(hunted > 0)
})
