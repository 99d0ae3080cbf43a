import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Device } from './device.ts'
import { Schedule } from './schedule.ts'

test('latency counts from when a message was due, also if it was said late', async () => {
  const devices = [new Device(0), new Device(1)] as const
  const [one, other] = devices
  Device.pair(one, other)
  one.plug({ acknowledges: false, say: (text) => other.receive(text), close: () => {} })
  other.plug({ acknowledges: false, say: (text) => one.receive(text), close: () => {} })
  const schedule = new Schedule(devices, 1000)
  schedule.start(0, 100)
  // Whatever holds this process up: nothing can be said, and what is due is due all the same.
  const until = performance.now() + 150
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 20))
  schedule.stop()
  const { count, max, p50 } = schedule.result()
  assert.equal(count, 100)
  assert.ok(max >= 149, `${max} ms`)
  assert.ok(p50 >= 99, `${p50} ms`)
})
