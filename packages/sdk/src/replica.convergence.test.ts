/**
 * S5 as a property: however pages, replies and snapshots of conversations are delayed, repeated and
 * mixed up, every device ends with the same view, and no taken-back text is left.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { MessageId } from '@takeback/protocol/ids.ts'
import { startReplica } from '../test/replica.ts'
import { chat, conversation, message } from '../test/samples.ts'
import { removeMessage, upsertConversation, upsertMessage } from './replica.ts'

/** What one answer of the service may carry; made at one moment, arriving at any. */
interface Bundle {
  conversation: Conversation
  messages: Message[]
  removed: MessageId[]
}

type Deed =
  | { do: 'send' }
  | { do: 'edit' | 'unsend' | 'remove'; which: number }
  | { do: 'delete thread' }

/** A service in small: what each deed makes of one conversation, as bundles. */
function play(deeds: readonly Deed[]): Bundle[] {
  const messages: Message[] = []
  const removed = new Set<MessageId>()
  let version = 1
  let cleared_seq = 0
  const bundles: Bundle[] = []
  for (const deed of deeds) {
    if (deed.do === 'send') messages.push(message(messages.length + 1))
    else if (deed.do === 'delete thread') cleared_seq = messages.length
    else if (messages.length > 0) change(deed)
    const there = messages.filter(({ id, seq }) => !removed.has(id) && seq > cleared_seq)
    bundles.push({
      conversation: conversation({
        version: ++version,
        cleared_seq,
        last_message: there.findLast(({ unsent_at }) => unsent_at === null) ?? null,
      }),
      messages: there,
      removed: [...removed],
    })
  }
  return bundles

  function change(deed: { do: 'edit' | 'unsend' | 'remove'; which: number }) {
    const index = deed.which % messages.length
    const old = messages[index]
    if (old === undefined) return
    if (deed.do === 'remove') removed.add(old.id)
    else if (old.unsent_at === null)
      messages[index] =
        deed.do === 'edit'
          ? { ...old, version: old.version + 1, text: `${old.text}, edited` }
          : { ...old, version: old.version + 1, text: null, unsent_at: 1 }
  }
}

async function replay(bundles: readonly Bundle[]) {
  const replica = await startReplica()
  for (const bundle of bundles)
    await replica.mutate((patch) => {
      upsertConversation(patch, bundle.conversation)
      for (const each of bundle.messages) upsertMessage(patch, each)
      for (const id of bundle.removed) removeMessage(patch, id, chat)
    })
  return {
    messages: replica.views.messages(chat),
    conversation: replica.views.conversation(chat),
    stored: JSON.stringify(await replica.storage.load()),
  }
}

const which = fc.nat(7)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Deed>({ do: 'send' }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('edit', 'unsend', 'remove'), which }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'delete thread' }) },
)

/** The same bundles in another order, some of them several times, each at least once. */
const disorder = fc
  .array(deed, { minLength: 1, maxLength: 14 })
  .map(play)
  .chain((bundles) =>
    fc.record({
      bundles: fc.constant(bundles),
      mixed: fc.array(fc.nat(bundles.length - 1), { maxLength: 10 }).chain((again) =>
        fc.shuffledSubarray([...bundles.keys(), ...again], {
          minLength: bundles.length + again.length,
        }),
      ),
    }),
  )

test('S5, U1: any order and repetition of the same answers ends in the same view', async () => {
  await fc.assert(
    fc.asyncProperty(disorder, async ({ bundles, mixed }) => {
      const inOrder = await replay(bundles)
      const outOfOrder = await replay(mixed.flatMap((index) => bundles[index] ?? []))
      assert.deepEqual(outOfOrder.messages, inOrder.messages)
      assert.deepEqual(outOfOrder.conversation, inOrder.conversation)
      const gone = inOrder.messages.filter(({ unsent_at }) => unsent_at !== null)
      for (const { seq } of gone) assert.ok(!outOfOrder.stored.includes(`"message ${seq}`))
    }),
    { numRuns: 300 },
  )
})
