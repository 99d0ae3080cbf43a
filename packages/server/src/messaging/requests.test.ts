// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { WhoCanMessage } from '@takeback/protocol/endpoints/accounts.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import {
  deleteForMe,
  followLog,
  historyOf,
  inboxOf,
  newClientId,
  newName,
  onTheWire,
  refused,
  say,
  takeBack,
} from '../../test/rooms.ts'
import { createTestClock, DAY, startTestCore, type TestCaller } from '../../test/world.ts'

const clock = createTestClock()
const tested = await startTestCore({ clock })
after(() => tested.close())

const takesFrom = (who: TestCaller, who_can_message: WhoCanMessage) =>
  who.call('settings.update', { who_can_message })
const open = async (a: TestCaller, b: TestCaller) =>
  a.call('conversations.open', { account_id: b.account_id })
const requestsOf = async (who: TestCaller) =>
  (await who.call('conversations.list', { folder: 'requests', limit: 100 })).items
const verdictOf = async (who: TestCaller, conversation_id: ConversationId) =>
  (await who.call('conversations.get', { conversation_id })).can_send

/** Somebody who takes requests, and a stranger with the conversation open. */
async function strangers() {
  const [asker, asked] = await Promise.all([
    tested.person(newName('asker')),
    tested.person(newName('asked')),
  ])
  await takesFrom(asked, 'everyone')
  const { id } = await open(asker, asked)
  return { asker, asked, id }
}

async function withRequest(text = 'hello, I liked your video') {
  const people = await strangers()
  return { ...people, message: await say(people.asker, people.id, text) }
}

describe('a first message to somebody who takes requests', () => {
  test('is announced as one before anybody types', async () => {
    const { asker, id } = await strangers()
    assert.deepEqual(await verdictOf(asker, id), { allowed: true, as_request: true })
  })

  test('lands in their requests, not in their inbox, and says so to their devices', async () => {
    const { asker, asked, id } = await strangers()
    const log = await followLog(tested, asked)
    await say(asker, id, 'hello')
    assert.deepEqual(await inboxOf(asked), [])
    const [request] = await requestsOf(asked)
    assert.equal(request?.id, id)
    assert.equal(request?.unread_count, 1)
    assert.equal(request?.last_message?.text, 'hello')
    const { conversations } = await log.read()
    assert.deepEqual(
      conversations.map(({ folder }) => folder),
      ['requests'],
    )
    assert.equal((await inboxOf(asker))[0]?.id, id, 'with whoever asked it is in the inbox')
  })

  test('is the only one until it is answered', async () => {
    const { asker, asked, id } = await withRequest()
    const refusal = await refused(say(asker, id, 'are you there?'), 'request_pending')
    assert.deepEqual([...refusal.row.remedies], ['wait_for_accept'])
    assert.equal((await verdictOf(asker, id)).code, 'request_pending')
    assert.equal((await historyOf(asked, id)).length, 1)
  })

  test('also of those that come at once', async () => {
    const { asker, asked, id } = await strangers()
    const outcomes = await Promise.allSettled(
      ['one', 'two', 'three'].map((text) => say(asker, id, text)),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await historyOf(asked, id)).length, 1)
  })

  test('A2 · sent again under its client id, it is the same one', async () => {
    const { asker, id } = await strangers()
    const client_id = newClientId()
    const first = await say(asker, id, 'hello', client_id)
    assert.deepEqual(await say(asker, id, 'hello', client_id), first)
  })

  for (const text of ['see https://example.org', 'www.example.org', 'write to me@example.org'])
    test(`holds no link: ${text}`, async () => {
      const { asker, asked, id } = await strangers()
      await refused(say(asker, id, text), 'request_text_only')
      assert.deepEqual(await requestsOf(asked), [])
      await say(asker, id, 'without one it goes out')
    })

  test('cannot be changed into something else', async () => {
    const { asker, message } = await withRequest()
    await refused(
      asker.call('messages.edit', { message_id: message.id, text: 'https://example.org' }),
      'request_pending',
    )
  })

  test('brings no typing and no receipts before it is accepted', async () => {
    const { asker, asked, id } = await withRequest()
    const { epoch, head } = await tested.core.head(asked.account_id)
    await asked.call('sync.acknowledge', { epoch, seq: head })
    await asked.call('conversations.read', { conversation_id: id, seq: 1 })
    const { members } = await asker.call('conversations.get', { conversation_id: id })
    const theirs = members.find(({ account }) => account.id === asked.account_id)
    assert.deepEqual([theirs?.delivered_seq, theirs?.read_seq], [0, 0])
  })
})

describe('three new people a day', () => {
  test('then until midnight; the next day there are three again', async () => {
    const asker = await tested.person(newName())
    const people = await Promise.all(Array.from({ length: 5 }, () => tested.person(newName())))
    const ids: ConversationId[] = []
    for (const person of people) {
      await takesFrom(person, 'everyone')
      ids.push((await open(asker, person)).id)
    }
    // All at once, so that they are of one batch.
    const outcomes = await Promise.allSettled(ids.map((id) => say(asker, id, 'hello')))
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
    )
    const last = ids.at(-1) ?? assert.fail()
    const refusal = await refused(say(asker, last, 'hello'), 'too_many_requests_today')
    const midnight = (Math.floor(clock() / DAY) + 1) * DAY
    assert.equal(refusal.extras.until, midnight)
    clock.advance(midnight - clock())
    await say(asker, last, 'hello')
  })

  test('taking one back gives none back', async () => {
    const { asker, asked, id } = await strangers()
    for (const text of ['one', 'two', 'three']) await takeBack(asker, await say(asker, id, text))
    await refused(say(asker, id, 'four'), 'too_many_requests_today')
    assert.deepEqual(await requestsOf(asked), [])
  })
})

describe('accepting', () => {
  test('moves it to the inbox, lets both write, and tells both devices', async () => {
    const { asker, asked, id } = await withRequest()
    const [askerLog, askedLog] = [await followLog(tested, asker), await followLog(tested, asked)]
    const accepted = await asked.call('conversations.accept', { conversation_id: id })
    assert.equal(accepted.folder, 'inbox')
    assert.deepEqual(
      (await askerLog.read()).events.map(({ kind }) => kind),
      ['relation.updated'],
    )
    assert.deepEqual(
      (await askedLog.read()).events.map(({ kind }) => kind),
      ['conversation.updated', 'relation.updated'],
    )
    assert.deepEqual(await requestsOf(asked), [])
    await say(asker, id, 'https://example.org is fine now')
    await say(asked, id, 'thanks')
    assert.deepEqual(await verdictOf(asker, id), { allowed: true })
  })

  test('counts for both, whatever else they let others do, but for No one', async () => {
    const { asker, asked, id } = await withRequest()
    await asked.call('conversations.accept', { conversation_id: id })
    await takesFrom(asked, 'friends')
    await say(asker, id, 'still here')
    await takesFrom(asked, 'no_one')
    await refused(say(asker, id, 'now not'), 'recipient_unavailable')
  })

  test('again is the same answer', async () => {
    const { asked, id } = await withRequest()
    const first = await asked.call('conversations.accept', { conversation_id: id })
    assert.deepEqual(await asked.call('conversations.accept', { conversation_id: id }), first)
  })

  test('is what an answer does', async () => {
    const { asker, asked, id } = await withRequest()
    await say(asked, id, 'hello yourself')
    assert.equal((await inboxOf(asked))[0]?.id, id)
    await say(asker, id, 'good to meet you')
  })

  test('is what becoming friends and writing does', async () => {
    const { asker, asked, id } = await withRequest()
    await tested.befriend(asker, asked)
    await say(asker, id, 'now we are friends')
    assert.equal((await inboxOf(asked))[0]?.unread_count, 2)
    clock.advance(31 * DAY)
    await tested.core.trim()
    assert.equal((await historyOf(asked, id)).length, 2, 'and it does not expire')
  })

  test('is nobody else’s to do', async () => {
    const { asker, id } = await withRequest()
    const stranger = await tested.person(newName())
    await refused(stranger.call('conversations.accept', { conversation_id: id }), 'not_found')
    // Whoever asked has nothing to accept.
    await asker.call('conversations.accept', { conversation_id: id })
    assert.equal((await verdictOf(asker, id)).code, 'request_pending')
  })
})

describe('declining', () => {
  test('takes it away from me, and whoever asked sees no difference, to the byte', async () => {
    const declined = await withRequest()
    const waiting = await withRequest()
    const log = await followLog(tested, declined.asker)
    await declined.asked.call('conversations.decline', { conversation_id: declined.id })
    assert.deepEqual(await requestsOf(declined.asked), [])
    assert.deepEqual(await inboxOf(declined.asked), [])
    assert.deepEqual(await historyOf(declined.asked, declined.id), [])
    assert.deepEqual((await log.read()).events, [])
    const seen = async ({ asker, asked, id }: typeof waiting) => {
      const text = JSON.stringify([
        await asker.call('conversations.get', { conversation_id: id }),
        await historyOf(asker, id),
        onTheWire(await refused(say(asker, id, 'more'), 'request_pending')),
      ])
      const names = [
        id,
        asker.account_id,
        asked.account_id,
        ...(text.match(/01[0-9a-z]{24}/g) ?? []),
      ]
      return names
        .reduce((rest, name) => rest.replaceAll(name, 'ID'), text)
        .replace(/p\d{4}|asker\d{4}|asked\d{4}/g, 'NAME')
        .replace(/"client_id":"[^"]+"/g, 'CLIENT')
    }
    assert.equal(await seen(declined), await seen(waiting))
  })

  test('again is the same answer, and a new request is possible after 30 days', async () => {
    const { asker, asked, id } = await withRequest()
    for (let time = 0; time < 2; time++)
      assert.equal(await asked.call('conversations.decline', { conversation_id: id }), null)
    clock.advance(30 * DAY)
    await say(asker, id, 'perhaps now')
    const [request] = await requestsOf(asked)
    assert.equal(request?.unread_count, 1)
    assert.deepEqual(
      (await historyOf(asked, id)).map(({ text }) => text),
      ['perhaps now'],
    )
  })

  test('all at once', async () => {
    const asked = await tested.person(newName())
    await takesFrom(asked, 'everyone')
    const friend = await tested.person(newName())
    const chat = await tested.befriend(friend, asked)
    await say(friend, chat, 'a friend')
    for (let count = 0; count < 4; count++) {
      const asker = await tested.person(newName())
      await say(asker, (await open(asker, asked)).id, `hello ${count}`)
    }
    assert.equal((await requestsOf(asked)).length, 4)
    await asked.call('conversations.decline_all', {})
    assert.deepEqual(await requestsOf(asked), [])
    assert.equal((await inboxOf(asked)).length, 1)
  })

  test('keeps what was said before, when they were friends', async () => {
    const [asker, asked] = [await tested.person(newName()), await tested.person(newName())]
    const id = await tested.befriend(asker, asked)
    await say(asker, id, 'as friends')
    await asked.call('graph.unfollow', { account_id: asker.account_id })
    await takesFrom(asked, 'everyone')
    await say(asker, id, 'as strangers')
    assert.equal((await requestsOf(asked)).length, 1)
    await asked.call('conversations.decline', { conversation_id: id })
    assert.deepEqual(
      (await historyOf(asked, id)).map(({ text }) => text),
      ['as friends'],
    )
    assert.equal((await inboxOf(asked))[0]?.unread_count, 1)
  })

  test('is what a block does; after its end nothing of it is left', async () => {
    const { asker, asked, id } = await withRequest()
    await asked.call('graph.block', { account_id: asker.account_id })
    assert.deepEqual(await requestsOf(asked), [])
    await refused(say(asker, id, 'hello?'), 'recipient_unavailable')
    await asked.call('graph.unblock', { account_id: asker.account_id })
    assert.deepEqual([await requestsOf(asked), await inboxOf(asked)], [[], []])
    assert.equal((await verdictOf(asker, id)).code, 'request_pending')
  })
})

describe('a request that is taken back', () => {
  for (const fetched of [false, true])
    test(`is gone with its badge and without a line, ${fetched ? 'seen before' : 'never seen'}`, async () => {
      const { asker, asked, id, message } = await withRequest()
      if (fetched) await historyOf(asked, id)
      await takeBack(asker, message)
      assert.deepEqual([await requestsOf(asked), await inboxOf(asked)], [[], []])
      assert.deepEqual(await historyOf(asked, id), [])
      assert.deepEqual(await verdictOf(asker, id), { allowed: true, as_request: true })
    })

  test('cannot be accepted any more', async () => {
    const { asker, asked, id, message } = await withRequest()
    await takeBack(asker, message)
    await asked.call('conversations.accept', { conversation_id: id })
    assert.equal((await verdictOf(asker, id)).as_request, true)
  })
})

test('a request expires after 30 days without an answer, and another is possible', async () => {
  const { asker, asked, id } = await withRequest()
  clock.advance(30 * DAY - 1)
  await tested.core.trim()
  assert.equal((await requestsOf(asked)).length, 1)
  clock.advance(1)
  await tested.core.trim()
  assert.deepEqual([await requestsOf(asked), await inboxOf(asked)], [[], []])
  assert.deepEqual(await verdictOf(asker, id), { allowed: true, as_request: true })
})

test('deleting the one message for me leaves the request to expire, unseen', async () => {
  const { asker, asked, id, message } = await withRequest()
  await deleteForMe(asked, message)
  assert.deepEqual(await requestsOf(asked), [])
  assert.equal((await verdictOf(asker, id)).code, 'request_pending')
})
