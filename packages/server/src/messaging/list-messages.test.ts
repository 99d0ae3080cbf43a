// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { couple, deleteForMe, inTurn, newName, refused, say, takeBack } from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'
import type { Input } from '@takeback/protocol/endpoints/registry.ts'

const tested = await startTestCore()
after(() => tested.close())

const { a, b, conversation } = await couple(tested)
const sent = await inTurn(
  Array.from({ length: 12 }, (_, index) => String(index + 1)),
  (text) => say(a, conversation, text),
)

type Question = Omit<Input<'messages.list'>, 'conversation_id'>
async function ask(who: TestCaller, question: Question) {
  const page = await who.call('messages.list', { conversation_id: conversation, ...question })
  return [page.items.map(({ seq }) => seq), page.has_before, page.has_after]
}

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)

const table: [Question, number[], boolean, boolean][] = [
  [{}, range(1, 12), false, false],
  [{ limit: 12 }, range(1, 12), false, false],
  [{ limit: 11 }, range(2, 12), true, false],
  [{ limit: 1 }, [12], true, false],
  [{ before: 5 }, range(1, 4), false, true],
  [{ before: 5, limit: 4 }, range(1, 4), false, true],
  [{ before: 5, limit: 2 }, [3, 4], true, true],
  [{ before: 1 }, [], false, true],
  [{ before: 0 }, [], false, true],
  [{ before: 13 }, range(1, 12), false, false],
  [{ before: Number.MAX_SAFE_INTEGER, limit: 3 }, [10, 11, 12], true, false],
  [{ after: 9 }, [10, 11, 12], true, false],
  [{ after: 9, limit: 3 }, [10, 11, 12], true, false],
  [{ after: 9, limit: 2 }, [10, 11], true, true],
  [{ after: 0, limit: 2 }, [1, 2], false, true],
  [{ after: 12 }, [], true, false],
  [{ after: Number.MAX_SAFE_INTEGER }, [], true, false],
  [{ around: 6, limit: 4 }, [4, 5, 6, 7], true, true],
  [{ around: 6, limit: 5 }, [4, 5, 6, 7, 8], true, true],
  [{ around: 6, limit: 1 }, [6], true, true],
  [{ around: 1, limit: 4 }, [1, 2], false, true],
  [{ around: 12, limit: 4 }, [10, 11, 12], true, false],
  [{ around: 0, limit: 4 }, [1, 2], false, true],
  [{ around: 99, limit: 4 }, [11, 12], true, false],
]
for (const [question, seqs, before, after_] of table)
  test(`${JSON.stringify(question)}: oldest first, and whether there is more on either side`, async () => {
    assert.deepEqual(await ask(b, question), [seqs, before, after_])
    assert.deepEqual(await ask(a, question), [seqs, before, after_])
  })

test('next_cursor is what `before` takes for the page that is older, null where there is none', async () => {
  const found: number[] = []
  let before: number | undefined
  for (;;) {
    const page = await b.call('messages.list', {
      conversation_id: conversation,
      limit: 5,
      ...(before === undefined ? {} : { before }),
    })
    found.unshift(...page.items.map(({ seq }) => seq))
    if (page.next_cursor === null) break
    before = Number(page.next_cursor)
  }
  assert.deepEqual(found, range(1, 12))
})

test('at most one of before, after and around', async () => {
  for (const question of [
    { before: 1, after: 1 },
    { after: 1, around: 1 },
    { before: 3, around: 0 },
  ])
    await refused(
      b.call('messages.list', { conversation_id: conversation, ...question }),
      'invalid_input',
    )
})

test('a stranger gets not_found', async () => {
  const stranger = await tested.person(newName())
  await refused(stranger.call('messages.list', { conversation_id: conversation }), 'not_found')
})

test('gaps are normal: what was removed or left no trace counts on no page, and the flags know it', async () => {
  const pair = await couple(tested)
  const messages = await inTurn(['1', '2', '3', '4', '5', '6'], (text) =>
    say(pair.a, pair.conversation, text),
  )
  const [m1, m2, , m4, , m6] = messages
  assert.ok(m1 && m2 && m4 && m6)
  await takeBack(pair.a, m6)
  await pair.b.call('messages.list', { conversation_id: pair.conversation })
  await deleteForMe(pair.b, m1)
  await deleteForMe(pair.b, m4)
  await takeBack(pair.a, m2)
  const page = async (question: Question) => {
    const { items, has_before, has_after } = await pair.b.call('messages.list', {
      conversation_id: pair.conversation,
      ...question,
    })
    return [items.map(({ seq, text }) => `${seq}:${text}`), has_before, has_after]
  }
  assert.deepEqual(await page({}), [['2:null', '3:3', '5:5'], false, false])
  assert.deepEqual(await page({ before: 2 }), [[], false, true])
  assert.deepEqual(await page({ after: 5 }), [[], true, false])
  assert.deepEqual(await page({ after: 3, limit: 1 }), [['5:5'], true, false])
  assert.deepEqual(await page({ around: 4, limit: 2 }), [['3:3', '5:5'], true, false])
})

test('O1 · all devices of both show equal lists', async () => {
  const lists = await inTurn(
    [a, b, await a.anotherDevice(), await b.anotherDevice()],
    async (device) =>
      (await device.call('messages.list', { conversation_id: conversation })).items.map(
        ({ client_id: _, ...message }) => message,
      ),
  )
  for (const list of lists) assert.deepEqual(list, lists[0])
  assert.deepEqual(
    lists[0]?.map(({ id }) => id),
    sent.map(({ id }) => id),
  )
})
