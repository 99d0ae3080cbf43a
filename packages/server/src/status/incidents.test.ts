// both engines
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { AdminCommand, AdminInput, AdminOutput } from '@takeback/protocol/admin.ts'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import type { IncidentId } from '@takeback/protocol/ids.ts'
import { refused } from '../../test/rooms.ts'
import { DAY, MINUTE, startTestCore, type TestCore } from '../../test/world.ts'

let tested: TestCore
before(async () => {
  tested = await startTestCore()
})
after(() => tested.close())
// What an earlier test resolved is no longer shown.
beforeEach(async () => {
  for (const { id, state } of (await administer('incidents.list', {})).items)
    if (state === 'open') await administer('incidents.resolve', { incident_id: id })
  tested.clock.advance(8 * DAY)
})

const administer = <Name extends AdminCommand>(name: Name, input: AdminInput<Name>) =>
  tested.core.administer(name, input) as Promise<AdminOutput<Name>>

const open = (title: string, kind: 'incident' | 'announcement' = 'incident') =>
  administer('incidents.open', { kind, title, text: `About ${title}` })

const status = () =>
  tested.core.call('status.get', { device_name: 'Anybody' }, {}) as Promise<Output<'status.get'>>

const nobody = '0'.repeat(26) as IncidentId

test('an incident is shown with its updates, oldest first, until 7 days after it was resolved', async () => {
  const opened = await open('Slow sends')
  const began = tested.clock()
  assert.deepEqual(opened, {
    id: opened.id,
    kind: 'incident',
    title: 'Slow sends',
    text: 'About Slow sends',
    state: 'open',
    created_at: began,
    updated_at: began,
    resolved_at: null,
    updates: [],
  })
  assert.deepEqual((await status()).incidents, [opened])

  const incident_id = opened.id
  for (const text of ['A disk is slow', 'It is being replaced'])
    await administer('incidents.update', { incident_id, text })
  tested.clock.advance(30 * DAY)
  const resolved = await administer('incidents.resolve', { incident_id, text: 'Replaced' })
  assert.deepEqual(resolved, {
    ...opened,
    state: 'resolved',
    updated_at: tested.clock(),
    resolved_at: tested.clock(),
    updates: [
      { text: 'A disk is slow', created_at: began },
      { text: 'It is being replaced', created_at: began },
      { text: 'Replaced', created_at: tested.clock() },
    ],
  })
  tested.clock.advance(7 * DAY - 1)
  assert.deepEqual((await status()).incidents, [resolved])
  tested.clock.advance(1)
  assert.deepEqual((await status()).incidents, [])
  const [newest] = (await administer('incidents.list', {})).items
  assert.deepEqual(newest, resolved)
})

test('the newest comes first, announcements among them, whatever their state', async () => {
  const first = await open('First')
  tested.clock.advance(MINUTE)
  await open('Second', 'announcement')
  tested.clock.advance(MINUTE)
  await open('Third')
  await administer('incidents.resolve', { incident_id: first.id })
  const shown = (await status()).incidents.map(({ title, kind, state }) => [title, kind, state])
  assert.deepEqual(shown, [
    ['Third', 'incident', 'open'],
    ['Second', 'announcement', 'open'],
    ['First', 'incident', 'resolved'],
  ])
})

test('what is resolved can be added to, and stays resolved', async () => {
  const { id: incident_id } = await open('Over soon')
  const { resolved_at } = await administer('incidents.resolve', { incident_id })
  tested.clock.advance(DAY)
  const updated = await administer('incidents.update', { incident_id, text: 'What we learned' })
  assert.equal(updated.state, 'resolved')
  assert.equal(updated.resolved_at, resolved_at)
  assert.equal(updated.updated_at, tested.clock())
  assert.equal(updated.updates.length, 1)
})

test('updates at the same moment are all kept', async () => {
  const { id: incident_id } = await open('Busy')
  const texts = Array.from({ length: 10 }, (_, n) => `Update ${n}`)
  await Promise.all(texts.map((text) => administer('incidents.update', { incident_id, text })))
  const [shown] = (await status()).incidents
  assert.deepEqual(shown?.updates.map(({ text }) => text).toSorted(), texts)
})

test('an incident that is not there is not_found', async () => {
  await refused(administer('incidents.update', { incident_id: nobody, text: 'Hm' }), 'not_found')
  await refused(administer('incidents.resolve', { incident_id: nobody }), 'not_found')
})

test('resolving twice is invalid_input, and a last word that came second is not kept', async () => {
  const { id: incident_id } = await open('Once')
  await administer('incidents.resolve', { incident_id })
  const again = administer('incidents.resolve', { incident_id, text: 'Again' })
  await refused(again, 'invalid_input')
  assert.deepEqual((await status()).incidents[0]?.updates, [])
})

test('words that cannot be shown are invalid_input, and nothing is stored', async () => {
  const { id: incident_id } = await open('Fine')
  const kind = 'incident'
  for (const title of [' ', 'two\nlines', 'half \ud800', 'nul \0', 'turned \u202e'])
    await refused(administer('incidents.open', { kind, title, text: 'x' }), 'invalid_input')
  for (const text of ['\n', 'half \ud800', 'nul \0']) {
    await refused(administer('incidents.open', { kind, title: 'x', text }), 'invalid_input')
    await refused(administer('incidents.update', { incident_id, text }), 'invalid_input')
    await refused(administer('incidents.resolve', { incident_id, text }), 'invalid_input')
  }
  const { incidents } = await status()
  assert.deepEqual(
    incidents.map(({ title, state, updates }) => [title, state, updates.length]),
    [['Fine', 'open', 0]],
  )
})
