import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import { previewOf } from './preview.ts'

const me = 'me' as AccountId
const message = (change: Partial<Message>): Message =>
  ({ sender_id: 'other', text: 'hello', unsent_at: null, ...change }) as Message
const entry = (change: Partial<OutboxEntry>): OutboxEntry =>
  ({ status: 'queued', text: 'later', ...change }) as OutboxEntry
const shown = {
  conversation: { last_message: message({}) },
  me,
  outbox: [],
  draft: '',
  typing: false,
}

test('the newest message is shown on one line, mine marked as mine', () => {
  assert.deepEqual(previewOf(shown), { kind: 'theirs', text: 'hello' })
  const last_message = message({ sender_id: me, text: ' two\n\nlines ' })
  assert.deepEqual(previewOf({ ...shown, conversation: { last_message } }), {
    kind: 'own',
    text: 'two lines',
  })
  assert.deepEqual(previewOf({ ...shown, conversation: { last_message: null } }), {
    kind: 'nothing',
  })
})

test('an unsent message never shows its text', () => {
  const last_message = message({ unsent_at: 5, text: null })
  assert.deepEqual(previewOf({ ...shown, conversation: { last_message } }), { kind: 'unsent' })
  const stale = message({ unsent_at: 5, text: 'canary' })
  assert.deepEqual(previewOf({ ...shown, conversation: { last_message: stale } }), {
    kind: 'unsent',
  })
})

test('what failed comes before typing, before what waits, before a draft', () => {
  const all = { ...shown, typing: true, draft: 'half a', outbox: [entry({ status: 'failed' })] }
  assert.equal(previewOf(all).kind, 'failed')
  assert.equal(previewOf({ ...all, outbox: [entry({})] }).kind, 'typing')
  assert.equal(previewOf({ ...all, outbox: [entry({})], typing: false }).kind, 'waiting')
  assert.equal(previewOf({ ...all, outbox: [], typing: false }).kind, 'draft')
})
