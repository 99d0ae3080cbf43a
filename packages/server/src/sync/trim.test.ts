// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  couple,
  followLog,
  historyOf,
  inboxOf,
  newName,
  rowsOf,
  say,
  takeBack,
} from '../../test/rooms.ts'
import { DAY, startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

test('S6 · events older than 90 days go; a cursor before them gets reset, one at the cut gets the rest', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'old')
  const { epoch, head: cut } = await tested.core.head(b.account_id)
  tested.clock.advance(60 * DAY)
  await say(a, conversation, 'newer')
  const { head } = await tested.core.head(b.account_id)

  await tested.core.trim()
  assert.equal(
    (await tested.core.page(b.account_id, epoch, 0)).type,
    'events',
    'too early for a cut',
  )
  tested.clock.advance(30 * DAY)
  await tested.core.trim()
  assert.equal(
    (await tested.core.page(b.account_id, epoch, 0)).type,
    'events',
    '90 days to the moment',
  )
  tested.clock.advance(1)
  await tested.core.trim()
  for (const seq of [0, cut - 1])
    assert.deepEqual(await tested.core.page(b.account_id, epoch, seq), {
      type: 'reset',
      epoch,
      head,
    })
  const page = await tested.core.page(b.account_id, epoch, cut)
  assert.equal(page.type === 'events' && page.events.length, 1)
  assert.deepEqual(await tested.core.head(b.account_id), { epoch, head })
})

test('S1 · a log that was trimmed to nothing goes on from its head; a device at the head loses nothing', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'old')
  const log = await followLog(tested, b)
  tested.clock.advance(91 * DAY)
  await tested.core.trim()
  const rows = (await rowsOf(tested, 'events')) as { account_id: string }[]
  assert.equal(
    rows.some(({ account_id }) => account_id === b.account_id),
    false,
  )
  await tested.core.trim()
  const at = log.seq()
  await say(a, conversation, 'new')
  assert.deepEqual(
    (await log.read()).events.map(({ seq }) => seq),
    [at + 1],
  )
})

test('S12 · tombstones outlive the log: the line stays in history, and a retry meets it', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'canary')
  await say(a, conversation, 'stays')
  await historyOf(b, conversation)
  await takeBack(a, sent)
  tested.clock.advance(91 * DAY)
  await tested.core.trim()
  assert.deepEqual(
    (await historyOf(b, conversation)).map(({ text }) => text),
    [null, 'stays'],
  )
  assert.equal((await say(a, conversation, 'canary', sent.client_id)).text, null)
  const { type } = await b.call('sync.read', {})
  assert.equal(type, 'snapshot')
  assert.equal((await inboxOf(b))[0]?.last_message?.text, 'stays')
})

test('every log is trimmed, however many there are', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => tested.person(newName())))
  for (const person of people) await person.call('settings.update', { who_can_message: 'no_one' })
  // More logs than one transaction of a trim takes.
  await tested.store.transact(async (tx) => {
    for (let n = 0; n < 250; n++) {
      const id = `0${n.toString().padStart(25, '0')}`
      await tx.run(
        'insert into logs (account_id, head, trimmed_seq, delivered_seq) values ($1, 1, 0, 0)',
        [id],
      )
      await tx.run('insert into events (account_id, seq, kind, at) values ($1, 1, 7, $2)', [
        id,
        tested.clock(),
      ])
    }
  })
  tested.clock.advance(91 * DAY)
  await tested.core.trim()
  assert.deepEqual(await rowsOf(tested, 'events'), [])
  const logs = (await rowsOf(tested, 'logs')) as { head: number; trimmed_seq: number }[]
  for (const { head, trimmed_seq } of logs) assert.equal(trimmed_seq, head)
})
