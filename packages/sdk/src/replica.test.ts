import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventPage } from '@takeback/protocol/events.ts'
import { startReplica, createTestReplica } from '../test/replica.ts'
import {
  anna,
  chat,
  clientId,
  conversation,
  epoch,
  me,
  message,
  messageId,
  messagePage,
  otherEpoch,
  page,
  snapshot,
  tombstone,
  unknownEvent,
} from '../test/samples.ts'
import {
  applyPage,
  applySnapshot,
  clearThread,
  extendHistory,
  markUnsent,
  removeMessage,
  upsertConversation,
  upsertMessage,
} from './replica.ts'

const cursor = (seq: number) => ({ epoch, seq })

test('S4: a page that connects moves rows and cursor together', async () => {
  const replica = await startReplica()
  const outcome = await replica.mutate((patch) =>
    applyPage(patch, messagePage(1, 'message.new', message(1)), 1),
  )
  assert.equal(outcome, 'applied')
  assert.deepEqual(replica.texts(chat), ['message 1'])
  assert.deepEqual((await replica.storage.load()).meta.cursor, cursor(1))
})

test('S4: a page past the cursor is dropped whole, for the log to be asked again', async () => {
  const replica = await startReplica()
  const outcome = await replica.mutate((patch) =>
    applyPage(patch, messagePage(3, 'message.new', message(3)), 1),
  )
  assert.equal(outcome, 'gap')
  assert.deepEqual(replica.texts(chat), [])
  assert.deepEqual(replica.copy.meta.cursor, cursor(0))
})

test('S4: a page that was seen already changes nothing', async () => {
  const replica = await startReplica(snapshot({ seq: 5 }))
  const outcome = await replica.mutate((patch) =>
    applyPage(patch, messagePage(5, 'message.new', message(1)), 1),
  )
  assert.equal(outcome, 'seen')
  assert.deepEqual(replica.texts(chat), [])
})

test('S3: a page of another epoch does not connect', async () => {
  const replica = await startReplica()
  const foreign = { ...messagePage(1, 'message.new', message(1)), epoch: otherEpoch }
  assert.equal(await replica.mutate((patch) => applyPage(patch, foreign, 1)), 'gap')
})

test('S13: an unknown kind only advances the cursor', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) =>
    applyPage(patch, page(0, 2, { events: [unknownEvent(1), unknownEvent(2)] }), 1),
  )
  assert.deepEqual(replica.copy.meta.cursor, cursor(2))
})

test('S4: `through` may run ahead of the last event', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => applyPage(patch, page(0, 40), 1))
  assert.deepEqual(replica.copy.meta.cursor, cursor(40))
})

test('S5: the higher version of a message wins, in whichever order they come', async () => {
  const replica = await startReplica()
  const edited = message(1, { version: 2, text: 'edited', edit_count: 1 })
  await replica.mutate((patch) => upsertMessage(patch, edited))
  await replica.mutate((patch) => upsertMessage(patch, message(1)))
  assert.deepEqual(replica.texts(chat), ['edited'])
})

test('S5, U1: a tombstone is terminal, also against a higher version', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => upsertMessage(patch, message(1)))
  await replica.mutate((patch) => upsertMessage(patch, tombstone(1)))
  await replica.mutate((patch) => upsertMessage(patch, message(1, { version: 9, text: 'back!' })))
  assert.deepEqual(replica.texts(chat), ['(unsent)'])
})

test('U2: a tombstone holds no text, whatever it came with', async () => {
  const replica = await startReplica()
  const leaky = tombstone(1, { text: 'secret', edited_at: 5, edit_count: 2 })
  await replica.mutate((patch) => upsertMessage(patch, leaky))
  assert.ok(!JSON.stringify(await replica.storage.load()).includes('secret'))
})

test('S5: a removed message is terminal: no page brings it back', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => upsertMessage(patch, message(1)))
  await replica.mutate((patch) =>
    applyPage(patch, messagePage(1, 'message.removed', message(1)), 1),
  )
  await replica.mutate((patch) =>
    extendHistory(patch, chat, null, { items: [message(1, { version: 9 })], has_before: false }),
  )
  assert.deepEqual(replica.texts(chat), [])
  assert.ok(!JSON.stringify(await replica.storage.load()).includes('message 1'))
})

test('S5: a removal that comes before its message still holds', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => removeMessage(patch, messageId(1), chat))
  await replica.mutate((patch) => upsertMessage(patch, message(1)))
  assert.deepEqual(replica.texts(chat), [])
})

test('U2: a stale history page does not resurrect an unsent message', async () => {
  const replica = await startReplica()
  const stale = { items: [message(1), message(2)], has_before: false }
  await replica.mutate((patch) =>
    applyPage(patch, messagePage(1, 'message.updated', tombstone(2)), 1),
  )
  await replica.mutate((patch) => extendHistory(patch, chat, null, stale))
  assert.deepEqual(replica.texts(chat), ['message 1', '(unsent)'])
})

test('U2: a stale conversation does not show the text of an unsent message in its preview', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => upsertMessage(patch, message(1)))
  await replica.mutate((patch) => upsertMessage(patch, tombstone(2)))
  await replica.mutate((patch) =>
    upsertConversation(patch, conversation({ version: 2, last_message: message(2) })),
  )
  assert.equal(replica.views.conversation(chat)?.last_message?.text, 'message 1')
  assert.ok(!JSON.stringify(await replica.storage.load()).includes('message 2'))
})

test('U2: nor does one that names a removed message', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => removeMessage(patch, messageId(2), chat))
  await replica.mutate((patch) =>
    upsertConversation(patch, conversation({ version: 2, last_message: message(2) })),
  )
  assert.equal(replica.views.conversation(chat)?.last_message, null)
})

test('an unsend is gone from list and preview before the log tells of it', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) =>
    upsertConversation(
      patch,
      conversation({ version: 2, last_message: message(1, { sender_id: anna }) }),
    ),
  )
  await replica.mutate((patch) => markUnsent(patch, messageId(1), 99))
  assert.deepEqual(replica.texts(chat), ['(unsent)'])
  assert.equal(replica.views.conversation(chat)?.last_message, null)
})

test('S5: the higher version of a conversation wins', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) =>
    upsertConversation(patch, conversation({ version: 5, unread_count: 3 })),
  )
  await replica.mutate((patch) =>
    upsertConversation(patch, conversation({ version: 4, unread_count: 8 })),
  )
  assert.equal(replica.views.conversation(chat)?.unread_count, 3)
})

test('deleting a thread wipes what it held and keeps stale pages out', async () => {
  const replica = await startReplica()
  for (const seq of [1, 2, 3]) await replica.mutate((patch) => upsertMessage(patch, message(seq)))
  await replica.mutate((patch) =>
    upsertConversation(patch, conversation({ version: 2, hidden: true, cleared_seq: 2 })),
  )
  assert.deepEqual(replica.texts(chat), ['message 3'])
  await replica.mutate((patch) =>
    extendHistory(patch, chat, null, { items: [message(1), message(2)], has_before: false }),
  )
  assert.deepEqual(replica.texts(chat), ['message 3'])
  assert.equal(replica.views.hasOlder(chat), false)
})

test('a thread deleted here stays deleted when an older copy of it comes', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => upsertMessage(patch, message(1)))
  await replica.mutate((patch) => clearThread(patch, chat, 1))
  assert.deepEqual(replica.views.conversations('inbox'), [])
  await replica.mutate((patch) =>
    upsertConversation(patch, conversation({ version: 2, last_message: message(1) })),
  )
  assert.deepEqual(replica.texts(chat), [])
  assert.equal(replica.views.conversation(chat)?.last_message, null)
})

test('S7: a snapshot replaces everything but outbox and drafts, never merging', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => {
    upsertMessage(patch, message(1))
    patch.put('drafts', { conversation_id: chat, text: 'half a sen' })
    patch.put('outbox', {
      client_id: clientId('one'),
      conversation_id: chat,
      text: 'on its way',
      created_at: 1,
      status: 'queued',
      reason: null,
      attempts: 0,
      order: 1,
    })
  })
  const last = message(9)
  await replica.mutate((patch) =>
    applySnapshot(
      patch,
      snapshot({ seq: 30, conversations: [conversation({ version: 1, last_message: last })] }),
      1,
    ),
  )
  const { meta, rows } = await replica.storage.load()
  assert.deepEqual(rows.messages, [last])
  assert.equal(rows.outbox.length, 1)
  assert.equal(rows.drafts.length, 1)
  assert.deepEqual(meta.cursor, cursor(30))
  assert.deepEqual(meta.me, me)
})

test('history is what is held without a gap: a page stretches it, new messages append', async () => {
  const replica = createTestReplica()
  const last = message(50)
  await replica.mutate((patch) =>
    applySnapshot(patch, snapshot({ conversations: [conversation({ last_message: last })] }), 1),
  )
  assert.deepEqual(replica.texts(chat), ['message 50'], 'the newest is shown at once')
  assert.equal(replica.views.hasOlder(chat), true)

  await replica.mutate((patch) =>
    extendHistory(patch, chat, null, { items: [message(49), last], has_before: true }),
  )
  assert.deepEqual(replica.texts(chat), ['message 49', 'message 50'])

  await replica.mutate((patch) =>
    applyPage(patch, messagePage(1, 'message.updated', message(10, { version: 2 })), 1),
  )
  assert.equal(replica.texts(chat).length, 2, 'an edit far below leaves the gap unshown')

  await replica.mutate((patch) =>
    applyPage(patch, { ...messagePage(2, 'message.new', message(51)) }, 1),
  )
  await replica.mutate((patch) =>
    extendHistory(patch, chat, 49, { items: [message(48)], has_before: true }),
  )
  assert.deepEqual(
    replica.views.messages(chat).map(({ seq }) => seq),
    [48, 49, 50, 51],
  )
  const rest = Array.from({ length: 47 }, (_, index) => message(index + 1))
  await replica.mutate((patch) =>
    extendHistory(patch, chat, 48, { items: rest, has_before: false }),
  )
  assert.equal(replica.texts(chat).length, 51)
  assert.equal(replica.views.hasOlder(chat), false)
})

test('A2: a message of mine ends its outbox entry whichever way it comes', async () => {
  const replica = await startReplica()
  const client_id = clientId('one')
  await replica.mutate((patch) =>
    patch.put('outbox', {
      client_id,
      conversation_id: chat,
      text: 'message 1',
      created_at: 1,
      status: 'queued',
      reason: null,
      attempts: 1,
      order: 1,
    }),
  )
  const mine = message(1, { sender_id: anna, client_id })
  await replica.mutate((patch) => applyPage(patch, messagePage(1, 'message.new', mine), 1))
  assert.deepEqual(replica.views.outbox(chat), [])
  assert.deepEqual(replica.texts(chat), ['message 1'])
})

test('somebody else wrote the storage: the change is made again upon what they wrote', async () => {
  const one = await startReplica()
  const other = createTestReplica(one.storage)
  other.copy.replace(await one.storage.load())
  await other.mutate((patch) => upsertMessage(patch, tombstone(1)))
  await one.mutate((patch) => upsertMessage(patch, message(1)))
  assert.deepEqual(one.texts(chat), ['(unsent)'])
})

test('S1: a newest message that the log has not come to yet leaves no gap before it', async () => {
  const replica = await startReplica()
  const newest = conversation({ version: 9, last_message: message(4) })
  const told = (seq: number, through: number, changed: Partial<EventPage>) =>
    page(seq - 1, through, { ...messagePage(seq, 'message.new', message(seq)), ...changed })
  await replica.mutate((patch) =>
    applyPage(patch, told(1, 1, { through: 1, head: 4, conversations: [newest] }), 1),
  )
  assert.deepEqual(replica.texts(chat), ['message 1'])
  assert.equal(replica.views.conversation(chat)?.last_message?.seq, 1)
  // Nor does it come in by another way.
  await replica.mutate((patch) => upsertConversation(patch, newest))
  assert.deepEqual(replica.texts(chat), ['message 1'])

  await replica.mutate((patch) => {
    for (const seq of [2, 3]) applyPage(patch, told(seq, seq, { through: seq, head: 4 }), 1)
    applyPage(patch, told(4, 4, { messages: [], conversations: [newest] }), 1)
  })
  assert.deepEqual(replica.texts(chat), ['message 1', 'message 2', 'message 3', 'message 4'])
})

test('a newest message that was held before, or is older than what is held, is taken in anywhere', async () => {
  const replica = await startReplica()
  await replica.mutate((patch) => {
    upsertMessage(patch, message(5))
    const withUnsent = conversation({ version: 3, last_message: message(2) })
    applyPage(patch, page(0, 1, { head: 9, conversations: [withUnsent] }), 1)
  })
  assert.deepEqual(replica.texts(chat), ['message 2', 'message 5'])
})
