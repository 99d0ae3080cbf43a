import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Device, type Line } from './device.ts'
import { Fault } from './fault.ts'
import { Rally } from './rally.ts'

/** A pair whose lines keep what is said until the test hands it over. */
function pairWithKeptTexts() {
  const [one, other] = [new Device(0), new Device(1)]
  Device.pair(one, other)
  const said: string[] = []
  const line = (texts: string[]): Line => ({
    acknowledges: false,
    say: (text) => void texts.push(text),
    close: () => {},
  })
  one.plug(line(said))
  other.plug(line([]))
  return { one, other, said }
}

/** Three messages of one device, on their way to the other. */
function threeOnTheirWay() {
  const { one, other, said } = pairWithKeptTexts()
  for (let count = 0; count < 3; count++) one.say()
  const [first = '', second = '', third = ''] = said
  return { other, first, second, third }
}

describe('a device', () => {
  test('takes what the other said, in its order', () => {
    const { other, first, second, third } = threeOnTheirWay()
    for (const text of [first, second, third]) other.receive(text)
    assert.equal(other.delivered, 3)
    assert.ok(other.isSettled())
  })

  test('says about 60 bytes', () => {
    const { first } = threeOnTheirWay()
    assert.ok(Math.abs(Buffer.byteLength(first) - 60) < 8, first)
  })

  test('notices a lost message when the next one comes', () => {
    const { other, first, third } = threeOnTheirWay()
    other.receive(first)
    assert.throws(() => other.receive(third), Fault)
  })

  test('is not settled while the last one is missing', () => {
    const { other, first, second } = threeOnTheirWay()
    for (const text of [first, second]) other.receive(text)
    assert.ok(!other.isSettled())
    assert.match(other.unsettled(), /2 of 3/)
  })

  test('notices a message that comes twice', () => {
    const { other, first } = threeOnTheirWay()
    other.receive(first)
    assert.throws(() => other.receive(first), Fault)
  })

  test('notices the last message coming twice', () => {
    const { other, first, second, third } = threeOnTheirWay()
    for (const text of [first, second, third]) other.receive(text)
    assert.throws(() => other.receive(third), Fault)
  })

  test('notices messages that change places', () => {
    const { other, second } = threeOnTheirWay()
    assert.throws(() => other.receive(second), Fault)
  })

  test('notices a changed text, be it by one byte', () => {
    const { other, first } = threeOnTheirWay()
    assert.throws(() => other.receive(`${first} `), Fault)
    assert.throws(() => other.receive(first.replace('o', '0')), Fault)
  })

  test('notices a message that was meant for somebody else', () => {
    const { other } = threeOnTheirWay()
    const strangers = [new Device(2), new Device(3)] as const
    Device.pair(...strangers)
    let text = ''
    strangers[0].plug({ acknowledges: false, say: (said) => void (text = said), close: () => {} })
    strangers[0].say()
    assert.throws(() => other.receive(text), Fault)
  })

  test('notices an acknowledgement of what it never said', () => {
    const { one } = pairWithKeptTexts()
    assert.throws(() => one.acknowledge(), Fault)
  })
})

test('a rally answers every message with the next, until it is stopped', () => {
  const { one, other, said } = pairWithKeptTexts()
  const rally = new Rally()
  rally.start([one, other], 2)
  assert.equal(one.sent, 2)
  const [first = '', second = ''] = said
  other.receive(first)
  assert.equal(other.sent, 1)
  rally.stop()
  other.receive(second)
  assert.equal(other.sent, 1)
})
