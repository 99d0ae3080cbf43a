import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused } from '../../test/rooms.ts'
import { createPasswords } from './passwords.ts'

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/

test('a hash is an argon2id PHC string of at least OWASP’s minimum, salted anew each time', async () => {
  const passwords = createPasswords()
  const [one, two] = await Promise.all([
    passwords.hash('hunter2hunter2'),
    passwords.hash('hunter2hunter2'),
  ])
  assert.notEqual(one, two)
  for (const hash of [one, two]) {
    const [, memory, passes, lanes] = PHC.exec(hash) ?? assert.fail(hash)
    assert.ok(Number(memory) >= 19 * 1024)
    assert.ok(Number(passes) >= 2)
    assert.equal(Number(lanes), 1)
  }
})

test('right, wrong, and nobody', async () => {
  const passwords = createPasswords()
  const hash = await passwords.hash('hunter2hunter2')
  assert.equal(await passwords.verify('hunter2hunter2', hash), true)
  assert.equal(await passwords.verify('hunter2hunter3', hash), false)
  assert.equal(await passwords.verify('hunter2hunter2', null), false)
})

test('a hash made elsewhere, with other settings, is verified by its own', async () => {
  const passwords = createPasswords()
  // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
  const known =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await passwords.verify('password', known), true)
  assert.equal(await passwords.verify('passworD', known), false)
})

test('a flood stays bounded: what is too much is told to come back, the others are served', async () => {
  const passwords = createPasswords()
  // Cheap on purpose: the queue is what is tested.
  const cheap = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  const outcomes = await Promise.allSettled(
    Array.from({ length: 200 }, () => passwords.verify('x', cheap)),
  )
  const refusals = outcomes.filter((outcome) => outcome.status === 'rejected')
  const served = outcomes.length - refusals.length
  assert.ok(served >= 2 && served < 200 && refusals.length > 0, `${served} served`)
  const refusal = await refused(Promise.reject(refusals[0]?.reason as Error), 'rate_limited')
  assert.ok((refusal.extras.retry_after ?? 0) > 0)
  assert.equal(await passwords.verify('x', cheap), false, 'the line is open again')
})

test('the first question about nobody, in a flood, spoils none of those that follow', async () => {
  const passwords = createPasswords()
  const cheap = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  const flood = Array.from({ length: 80 }, () => passwords.verify('x', cheap))
  await Promise.allSettled([...flood, passwords.verify('x', null)])
  assert.equal(await passwords.verify('x', null), false)
})
