/** Many at once. How nodes hear each other otherwise stands in test/nodes/bus.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '@nats-io/transport-node'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import { natsMissing, startNats } from '../../../../scripts/nats.ts'
import { createIds } from '../ids.ts'
import type { Hint } from './bus.ts'
import { createNatsBus } from './nats.ts'

const ids = createIds(Date.now)

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('all people of a large node come, are signed out and go in one turn', {
  skip: natsMissing ?? false,
}, async () => {
  const nats = await startNats()
  const key = ids.secret()
  const errors: Error[] = []
  const open = () =>
    createNatsBus({
      url: nats.url,
      key,
      clock: Date.now,
      onError: (error) => void errors.push(error),
    })
  const [one, two] = [open(), open()]
  const outsider = await connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false })
  try {
    const mark = ids.next<AccountId>()
    one.attach(mark)
    await until(() => two.isConnected(mark))
    let [frames, largest] = [0, 0]
    outsider.subscribe('>', {
      callback(_, { data }) {
        frames++
        largest = Math.max(largest, data.length)
      },
    })
    await outsider.flush()
    const heard: Hint[] = []
    two.onHint((hint) => void heard.push(hint))

    const accounts = Array.from({ length: 40_000 }, () => ids.next<AccountId>())
    for (const account of accounts) one.attach(account)
    await until(() => accounts.every(two.isConnected))
    const devices = accounts.map(() => ids.next<DeviceId>())
    for (const device_id of devices) one.publish({ type: 'revoked', device_id })
    await until(() => heard.length === devices.length)
    for (const account of accounts) one.detach(account)
    await until(() => !accounts.some(two.isConnected))

    assert.equal(two.isConnected(mark), true)
    assert.ok(largest < 512 * 1024, `a frame of ${largest} bytes`)
    assert.ok(frames < 100, `${frames} frames`)
    assert.deepEqual(errors, [])
  } finally {
    await Promise.all([one.close(), two.close(), outsider.close()])
    await nats.stop()
  }
})
