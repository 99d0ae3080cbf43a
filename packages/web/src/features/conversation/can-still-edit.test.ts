import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import { canStillEdit, lastEditable } from './can-still-edit.ts'

const MINUTE = 60_000
const message = (change: Partial<Message> = {}): Message =>
  ({ sender_id: 'me', text: 'x', unsent_at: null, edit_count: 0, sent_at: 0, ...change }) as Message

test('an edit is offered for 15 minutes and five times', () => {
  assert.equal(canStillEdit(message(), 14 * MINUTE), true)
  assert.equal(canStillEdit(message(), 15 * MINUTE), false)
  assert.equal(canStillEdit(message({ edit_count: 5 }), MINUTE), false)
  assert.equal(canStillEdit(message({ unsent_at: 1, text: null }), MINUTE), false)
})

test('↑ opens the newest own message, passing over others and unsent ones', () => {
  const mine = message({ sent_at: 1 })
  const list = [message(), mine, message({ sender_id: 'you' as never }), message({ unsent_at: 1 })]
  assert.equal(lastEditable(list, 'me', MINUTE), mine)
  assert.equal(lastEditable(list, 'me', 20 * MINUTE), null)
  assert.equal(lastEditable([], 'me', MINUTE), null)
})
