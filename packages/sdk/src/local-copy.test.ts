import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chat, message, messageId, tombstone } from '../test/samples.ts'
import { LocalCopy } from './local-copy.ts'
import { Patch } from './patch.ts'

/** What one batch does: puts these seqs in, in this order, deletes or removes others. */
interface Deed {
  put: number[]
  unsend: number[]
  drop: number[]
  remove: number[]
}
const seqs = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 })
const deed: fc.Arbitrary<Deed> = fc.record({ put: seqs, unsend: seqs, drop: seqs, remove: seqs })

test('held messages stand by seq, each once, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 12 }), (deeds) => {
      const copy = new LocalCopy()
      for (const { put, unsend, drop, remove } of deeds) {
        const patch = new Patch(copy)
        for (const seq of put) patch.put('messages', message(seq))
        for (const seq of unsend) patch.put('messages', tombstone(seq))
        for (const seq of drop) patch.delete('messages', messageId(seq))
        for (const seq of remove)
          patch.put('messages', { id: messageId(seq), conversation_id: chat, removed: true })
        copy.apply(patch.toBatch())
      }
      const there = [...copy.all('messages')].filter((row) => 'seq' in row)
      assert.deepEqual(
        copy.messagesOf(chat),
        there.toSorted((a, b) => a.seq - b.seq),
      )
    }),
  )
})
