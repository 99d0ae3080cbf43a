import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import { vanished, withFolding } from './folding.ts'

const message = (seq: number, text: string | null = 'text'): Message =>
  ({ id: `m${seq}`, seq, text, unsent_at: text === null ? 1 : null }) as Message
const [one, two, three] = [message(1), message(2), message(3)] as const
const seqs = (messages: readonly Message[]) => messages.map(({ seq }) => seq)

test('unsent and removed messages are noticed', () => {
  assert.deepEqual(seqs(vanished([one, two, three], [one, message(2, null), three])), [2])
  assert.deepEqual(seqs(vanished([one, two, three], [one, two])), [3])
  assert.deepEqual(seqs(vanished([one, two, three], [one, three, message(4)])), [2])
})

test('edits, older pages, tombstones of before and a thread that went are not', () => {
  assert.deepEqual(vanished([one, two], [one, message(2, 'edited')]), [])
  assert.deepEqual(vanished([two, three], [one, two, three]), [])
  assert.deepEqual(vanished([message(1, null), two], [message(1, null), two]), [])
  assert.deepEqual(vanished([one, two], []), [])
})

test('what folds stands where it stood', () => {
  const map = new Map([[two.id, two]])
  assert.equal(withFolding([one, message(2, null), three], map)[1], two)
  assert.deepEqual(seqs(withFolding([one, three], map)), [1, 2, 3])
  const same = [one]
  assert.equal(withFolding(same, new Map()), same)
})
