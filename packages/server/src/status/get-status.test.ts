import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdminInput } from '@takeback/protocol/admin.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { startTestCore } from '../../test/world.ts'
import type { Store } from '../store/store.ts'
import { getStatus } from './get-status.ts'

test('while the store is away it says degraded, with the incidents that were read last', async () => {
  const { core, store, clock, close } = await startTestCore()
  const input: AdminInput<'incidents.open'> = { kind: 'incident', title: 'Slow', text: 'It is' }
  await core.administer('incidents.open', input)
  let away: 'no' | 'unnoticed' | 'noticed' = 'no'
  const failing: Store = {
    ...store,
    healthy: () => away !== 'noticed',
    read: (work) => {
      if (away === 'no') return store.read(work)
      away = 'noticed'
      return Promise.reject(new Refusal('storage_unavailable'))
    },
  }
  const status = getStatus({ store: failing, clock })
  const well = await status()
  assert.equal(well.status, 'ok')
  assert.deepEqual(
    well.incidents.map(({ title }) => title),
    ['Slow'],
  )
  away = 'unnoticed'
  assert.deepEqual(await status(), { ...well, status: 'degraded' })
  assert.deepEqual(await status(), { ...well, status: 'degraded' })
  away = 'no'
  assert.deepEqual(await status(), well)
  await close()
})
