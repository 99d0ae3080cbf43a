import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WIRE_HASH } from '@takeback/protocol/version.ts'
import { wireContract, wireHash } from '../scripts/wire.ts'

test('the wire is as it was pinned', () => {
  assert.equal(
    wireHash(),
    WIRE_HASH,
    'The wire contract has changed (endpoints, events, frames or refusal codes; see `git diff packages/protocol`). ' +
      'Clients already installed speak the old one: is the change one they can ignore? ' +
      'If it is meant, run `npm run wire:pin` and commit version.ts with it; if it breaks them, raise VERSION too.',
  )
})

test('the hash sees schemas, not words', () => {
  const contract = JSON.stringify(wireContract())
  assert.match(contract, /"client_id":\{[^}]*"pattern"/)
  assert.doesNotMatch(contract, /Only friends can message/)
})
