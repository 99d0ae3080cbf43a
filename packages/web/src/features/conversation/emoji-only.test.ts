import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEmojiOnly } from './emoji-only.ts'

test('one to three emoji stand large', () => {
  for (const text of ['😀', '👋 👋', '👩‍🚀🏳️‍🌈🇳🇱', ' ❤️\n', '1️⃣', '👍🏽'])
    assert.equal(isEmojiOnly(text), true, text)
})

test('anything else is an ordinary message', () => {
  for (const text of ['', '  ', '😀😀😀😀', '😀 hi', '1', '#', ':)', 'a'.repeat(500)])
    assert.equal(isEmojiOnly(text), false, text)
})
