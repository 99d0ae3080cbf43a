// both engines
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { couple, followLog, historyOf, say } from '../../test/rooms.ts'
import { createTestDatabase } from '../../test/database.ts'
import { createTestClock, startTestCore, temporaryFolder } from '../../test/world.ts'

test('S3 · the epoch is made once: a cursor goes on after a restart, and the log with it', async () => {
  const folder = temporaryFolder()
  const [database, clock] = [await createTestDatabase(folder.path), createTestClock()]
  const first = await startTestCore({ database, clock })
  const { a, b, conversation } = await couple(first)
  const log = await followLog(first, b)
  await say(a, conversation, 'before')
  const { epoch } = await first.core.head(b.account_id)
  await first.close()

  const second = await startTestCore({ database, clock })
  const send = { conversation_id: conversation, client_id: 'after-restart', text: 'after' }
  await second.core.call('messages.send', a, send)
  assert.equal((await second.core.head(b.account_id)).epoch, epoch)
  const page = await second.core.page(b.account_id, epoch, log.seq())
  assert.deepEqual(page.type === 'events' && page.events.map(({ seq }) => seq - log.seq()), [1, 2])
  assert.equal((await second.core.authenticate(b.token)).device_id, b.device_id)
  const again = (await second.core.call('messages.send', a, send)) as { seq: number }
  assert.equal(again.seq, 2, 'S9 · a retry across a restart is the same message')
  await second.close()
  await database.remove()
  folder.remove()
})

test('S3 · each installation has an epoch of its own', async () => {
  const [one, two] = [await startTestCore(), await startTestCore()]
  const { a, conversation } = await couple(one)
  const other = await couple(two)
  const [{ epoch: first }, { epoch: second }] = [
    await one.core.head(a.account_id),
    await two.core.head(other.a.account_id),
  ]
  assert.notEqual(first, second)
  assert.equal((await two.core.page(other.a.account_id, first, 0)).type, 'reset')
  assert.deepEqual(await historyOf(a, conversation), [])
  await one.close()
  await two.close()
})
