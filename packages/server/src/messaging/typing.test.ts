// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { couple, newName, refused, type Couple } from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'
import type { Hint } from '../core/types.ts'

const tested = await startTestCore()
after(() => tested.close())

let hints: Hint[] = []
tested.core.onHint((hint) => void hints.push(hint))

test('the other is shown that I am typing; nothing is stored, and I am shown nothing', async () => {
  const { a, b, conversation } = await couple(tested)
  const heads = [await tested.core.head(a.account_id), await tested.core.head(b.account_id)]
  hints = []
  await a.call('conversations.typing', { conversation_id: conversation })
  assert.deepEqual(hints, [
    { type: 'typing', account_id: b.account_id, conversation_id: conversation, by: a.account_id },
  ])
  assert.deepEqual(
    [await tested.core.head(a.account_id), await tested.core.head(b.account_id)],
    heads,
  )
})

const causes: Record<string, (pair: Couple) => Promise<unknown>> = {
  'they blocked me': ({ a, b }) => b.call('graph.block', { account_id: a.account_id }),
  'I blocked them': ({ a, b }) => a.call('graph.block', { account_id: b.account_id }),
  'they chose No one': ({ b }) => b.call('settings.update', { who_can_message: 'no_one' }),
  'I chose No one': ({ a }) => a.call('settings.update', { who_can_message: 'no_one' }),
  'we are no longer friends': ({ a, b }) => a.call('graph.unfollow', { account_id: b.account_id }),
}
for (const [name, happen] of Object.entries(causes))
  test(`X1, X2 · ${name}: the same answer, and nobody is shown anything`, async () => {
    const pair = await couple(tested)
    await happen(pair)
    hints = []
    assert.equal(
      await pair.a.call('conversations.typing', { conversation_id: pair.conversation }),
      null,
    )
    assert.deepEqual(hints, [])
  })

test('a stranger gets not_found', async () => {
  const { conversation } = await couple(tested)
  const stranger = await tested.person(newName())
  await refused(
    stranger.call('conversations.typing', { conversation_id: conversation }),
    'not_found',
  )
})
