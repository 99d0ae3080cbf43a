// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { couple, newName, refused, rowsOf, say } from '../../test/rooms.ts'
import { DAY, startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

async function ackedBy(device: TestCaller): Promise<number | undefined> {
  const rows = (await rowsOf(tested, 'devices')) as { id: string; acked_seq: number }[]
  return rows.find(({ id }) => id === device.device_id)?.acked_seq
}

test('S10 · each device has its own mark, which only rises', async () => {
  const { a, b, conversation } = await couple(tested)
  const other = await b.anotherDevice()
  for (const text of ['1', '2', '3']) await say(a, conversation, text)
  const { epoch, head } = await tested.core.head(b.account_id)
  await b.call('sync.acknowledge', { epoch, seq: head })
  await b.call('sync.acknowledge', { epoch, seq: head - 1 })
  await b.call('sync.acknowledge', { epoch, seq: 0 })
  await other.call('sync.acknowledge', { epoch, seq: 1 })
  assert.deepEqual([await ackedBy(b), await ackedBy(other)], [head, 1])
})

test('S3 · of another epoch, or past the log: cache_expired, and nothing is marked', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, '1')
  const { epoch, head } = await tested.core.head(b.account_id)
  await refused(b.call('sync.acknowledge', { epoch, seq: head + 1 }), 'cache_expired')
  await refused(b.call('sync.acknowledge', { epoch: '0'.repeat(26), seq: 1 }), 'cache_expired')
  assert.equal(await ackedBy(b), 0)
  const { members } = await a.call('conversations.get', { conversation_id: conversation })
  assert.equal(members.find(({ account }) => account.id === b.account_id)?.delivered_seq, 0)
})

test('S10 · a device that never comes back pins nothing: the log is cut all the same', async () => {
  const { a, b, conversation } = await couple(tested)
  const abandoned = await b.anotherDevice()
  await say(a, conversation, '1')
  const { epoch, head } = await tested.core.head(b.account_id)
  tested.clock.advance(91 * DAY)
  await tested.core.trim()
  const { type } = await abandoned.call('sync.read', { cursor: `${epoch}.0` })
  assert.equal(type, 'reset')
  await abandoned.call('sync.acknowledge', { epoch, seq: head })
  assert.equal(await ackedBy(abandoned), head)
})

test('an ack does not touch the log of anybody who sent nothing', async () => {
  const { a, b } = await couple(tested)
  const stranger = await tested.person(newName())
  const heads = [await tested.core.head(a.account_id), await tested.core.head(stranger.account_id)]
  const { epoch, head } = await tested.core.head(b.account_id)
  await b.call('sync.acknowledge', { epoch, seq: head })
  assert.deepEqual(
    [await tested.core.head(a.account_id), await tested.core.head(stranger.account_id)],
    heads,
  )
})
