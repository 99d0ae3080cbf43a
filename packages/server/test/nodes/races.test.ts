/** Cores of several nodes at work on the same rows at the same time (Q, R). */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { LocalCore } from '../../src/core/core.ts'
import { seededRandom, type Random } from '../faults/seed.ts'
import { postgresMissing } from '../../../../scripts/postgres.ts'
import { startCores, type Caller, type Cores } from './cores.ts'

const CORES = 3

const options = { skip: postgresMissing ?? false }

describe('several nodes', () => {
  let cores: Cores
  before(async () => {
    if (postgresMissing !== null) return
    cores = await startCores(CORES)
  })
  after(async () => {
    if (postgresMissing === null) await cores.close()
  })

  let names = 0
  const couple = async () => {
    const [a, b] = [await cores.person(`a.${++names}`), await cores.person(`b.${names}`)]
    return { a, b, conversation: await cores.befriend(a, b) }
  }
  const core = (index: number): LocalCore => {
    const found = cores.all[index % CORES]
    assert.ok(found)
    return found
  }
  const sending = (conversation_id: ConversationId, text: string, client_id = newId()) => ({
    conversation_id,
    client_id,
    text,
  })
  const newId = () => randomUUID() as ClientId
  const history = async (who: Caller, conversation: ConversationId, on = 0): Promise<Message[]> =>
    (await who.on(core(on))('messages.list', { conversation_id: conversation, limit: 100 })).items

  test('nodes that start at once agree on one epoch and one schema (S3)', options, async () => {
    const epochs = await Promise.all(
      cores.all.map(async (one) => (await one.head('nobody' as never)).epoch),
    )
    assert.equal(new Set(epochs).size, 1)
    assert.deepEqual(
      await cores.rows("select count(*)::int as n from installation where name = 'epoch'"),
      [{ n: 1 }],
    )
  })

  test(
    'the same message sent at once on every node, ten times each, is one message (A2)',
    options,
    async () => {
      for (let round = 0; round < 10; round++) {
        const { a, b, conversation } = await couple()
        const one = sending(conversation, `only once ${round}`)
        const answers = await Promise.all(
          Array.from({ length: 10 * CORES }, (_, index) => a.on(core(index))('messages.send', one)),
        )
        assert.equal(new Set(answers.map(({ id, seq }) => `${id} ${seq}`)).size, 1)
        assert.equal((await history(b, conversation)).length, 1)
      }
    },
  )

  test(
    'one client id for two conversations at once: one is sent, the other is id_conflict (S9)',
    options,
    async () => {
      for (let round = 0; round < 10; round++) {
        const { a, b, conversation } = await couple()
        const c = await cores.person(`c.${names}`)
        const elsewhere = await cores.befriend(a, c)
        const client_id = newId()
        const outcomes = await Promise.allSettled([
          a.on(core(0))('messages.send', sending(conversation, 'one', client_id)),
          a.on(core(1))('messages.send', sending(elsewhere, 'two', client_id)),
        ])
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
        assert.equal(refused.length, 1)
        assert.ok(refused[0]?.reason instanceof Refusal && refused[0].reason.code === 'id_conflict')
        const sent = [...(await history(b, conversation)), ...(await history(c, elsewhere))]
        assert.equal(sent.length, 1)
      }
    },
  )

  test(
    'two who open their conversation at once, on two nodes, get the same one',
    options,
    async () => {
      for (let round = 0; round < 10; round++) {
        const [a, b] = [await cores.person(`x.${++names}`), await cores.person(`y.${names}`)]
        const opened = await Promise.all([
          a.on(core(0))('conversations.open', { account_id: b.account_id }),
          b.on(core(1))('conversations.open', { account_id: a.account_id }),
          a.on(core(2))('conversations.open', { account_id: b.account_id }),
        ])
        assert.equal(new Set(opened.map(({ id }) => id)).size, 1)
      }
    },
  )

  test(
    'seqs of a conversation are unique and rise, whatever node they come from (O1); logs have no gap (S1)',
    options,
    async () => {
      const { a, b, conversation } = await couple()
      await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          (n % 2 === 0 ? a : b).on(core(n))('messages.send', sending(conversation, `${n}`)),
        ),
      )
      const seqs = (
        await cores.rows<{ seq: string }>(
          `select seq from messages where conversation_id = '${conversation}' order by seq`,
        )
      ).map(({ seq }) => Number(seq))
      assert.deepEqual(
        seqs,
        Array.from({ length: 200 }, (_, n) => n + 1),
      )
      assert.deepEqual(await gapsOfLogs(), [])
    },
  )

  /** Logs whose seqs are not exactly 1 to their head. */
  const gapsOfLogs = () =>
    cores.rows(
      `select l.account_id from logs l left join events e on e.account_id = l.account_id
       group by l.account_id, l.head having count(e.seq) <> l.head or coalesce(max(e.seq), 0) <> l.head`,
    )

  test('a reader never passes a seq that is not committed yet (O2)', options, async () => {
    const { a, b, conversation } = await couple()
    const reader = readAll(b)
    await Promise.all(
      Array.from({ length: 150 }, (_, n) =>
        a.on(core(n))('messages.send', sending(conversation, `${n}`)),
      ),
    )
    const { seqs, head } = await reader.finish()
    assert.deepEqual(
      seqs,
      Array.from({ length: head }, (_, n) => n + 1),
    )
  })

  /** Follows a log on ever another node, from its start, noting each seq once it is given. */
  function readAll(who: Caller) {
    let finished = false
    const seqs: number[] = []
    const following = (async () => {
      const { epoch } = await core(0).head(who.account_id)
      for (let turn = 0; ; turn++) {
        const last = finished
        const page = await core(turn).page(who.account_id, epoch, seqs.at(-1) ?? 0)
        assert.equal(page.type, 'events')
        if (page.type === 'events')
          for (let seq = page.after + 1; seq <= page.through; seq++) seqs.push(seq)
        if (last && page.head === (seqs.at(-1) ?? 0)) return { seqs, head: page.head }
      }
    })()
    return {
      finish: () => {
        finished = true
        return following
      },
    }
  }

  test(
    'block and send race: what is sent after the block was acknowledged is refused, and no message follows it in the log (X1, X3)',
    options,
    async () => {
      for (let round = 0; round < 20; round++) {
        const { a, b, conversation } = await couple()
        const stored: Message[] = []
        let blocked = false
        let sentAfter = 0
        const sends = Array.from({ length: 12 }, async (_, n) => {
          for (let more = 0; more < 3; more++) {
            const after = blocked
            const outcome = await a
              .on(core(n + 1))('messages.send', sending(conversation, `${n}.${more}`))
              .catch((error: unknown) => {
                assert.ok(error instanceof Refusal && error.code === 'recipient_unavailable')
                return null
              })
            if (outcome !== null) {
              stored.push(outcome)
              if (after) sentAfter++
            }
          }
        })
        const blocking = b
          .on(core(0))('graph.block', { account_id: a.account_id })
          .then(() => {
            blocked = true
          })
        await Promise.all([...sends, blocking])
        assert.equal(sentAfter, 0)
        const events = await cores.rows<{ kind: number }>(
          `select kind from events where account_id = '${b.account_id}' order by seq`,
        )
        const relation = events.findLastIndex(({ kind }) => Number(kind) === 6)
        const message = events.findLastIndex(({ kind }) => Number(kind) === 1)
        assert.ok(relation > message, 'the log of the blocker has a message after the block')
        assert.equal((await history(b, conversation)).length, stored.length)
      }
    },
  )

  test(
    'unsend and edit race: once unsent, whatever comes later changes nothing (U1)',
    options,
    async () => {
      for (let round = 0; round < 20; round++) {
        const { a, b, conversation } = await couple()
        const message = await a.on(core(0))('messages.send', sending(conversation, 'canary first'))
        await history(b, conversation)
        await Promise.allSettled([
          a.on(core(1))('messages.edit', { message_id: message.id, text: 'canary second' }),
          a.on(core(2))('messages.delete', { message_id: message.id, for: 'everyone' }),
          a.on(core(0))('messages.edit', { message_id: message.id, text: 'canary third' }),
        ])
        const [line] = await history(b, conversation, 1)
        assert.equal(line?.text, null)
        assert.notEqual(line?.unsent_at, null)
      }
      assert.deepEqual(await cores.rows("select id from texts where body like 'canary%'"), [])
      assert.deepEqual(await cores.rows('select message_id from message_edits'), [])
    },
  )

  test(
    'unsend and first fetch race: either there is a line, or nothing was ever handed out (U1, U2)',
    options,
    async (t) => {
      const random = seededRandom(t)
      let traceless = 0
      for (let round = 0; round < 40; round++) {
        const { a, b, conversation } = await couple()
        const message = await a.on(core(0))(
          'messages.send',
          sending(conversation, `canary ${round}`),
        )
        const [seen] = await Promise.all([
          history(b, conversation, 1),
          later(random.below(5)).then(() =>
            a.on(core(2))('messages.delete', { message_id: message.id, for: 'everyone' }),
          ),
        ])
        const after = await history(b, conversation, 1)
        if (seen.some(({ text }) => text !== null))
          assert.equal(after.length, 1, 'handed out, and no line tells')
        if (after.length === 0) traceless++
      }
      assert.ok(traceless < 40, 'no fetch ever came first: the race was none')
    },
  )

  test(
    'whatever people do at once on different nodes, nobody waits for another crosswise',
    options,
    async (t) => {
      const random = seededRandom(t)
      const people = await Promise.all(
        Array.from({ length: 5 }, (_, n) => cores.person(`p${n}.${++names}`)),
      )
      const conversations: { id: ConversationId; pair: [Caller, Caller] }[] = []
      for (const [index, a] of people.entries())
        for (const b of people.slice(index + 1))
          conversations.push({ id: await cores.befriend(a, b), pair: [a, b] })
      const before_ = await deadlocks()
      await Promise.all(
        Array.from({ length: 24 }, async (_, worker) => {
          for (let step = 0; step < 60; step++)
            await anything(random, core(worker), people, conversations).catch((error: unknown) => {
              if (!(error instanceof Refusal) || error.code === 'storage_unavailable') throw error
            })
        }),
      )
      assert.equal((await deadlocks()) - before_, 0)
      assert.deepEqual(await gapsOfLogs(), [])
    },
  )

  /** Statistics come a moment late: asks until two answers are the same. */
  async function deadlocks(): Promise<number> {
    const ask = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      const [row] = await cores.rows<{ n: number }>(
        'select deadlocks::int as n from pg_stat_database where datname = current_database()',
      )
      return row?.n ?? 0
    }
    let last = await ask()
    for (let next = await ask(); next !== last; next = await ask()) last = next
    return last
  }
})

/** Lets the other side of a race come first, sometimes. */
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** One random command of one random person, on the given node. */
async function anything(
  random: Random,
  core: LocalCore,
  people: readonly Caller[],
  conversations: readonly { id: ConversationId; pair: [Caller, Caller] }[],
): Promise<unknown> {
  const { id, pair } = random.pick(conversations)
  const [me, other] = random.chance(0.5) ? pair : [pair[1], pair[0]]
  const call = me.on(core)
  const { epoch, head } = await core.head(me.account_id)
  const { items } = await call('messages.list', { conversation_id: id, limit: 20 })
  const mine = items.filter(({ sender_id, text }) => sender_id === me.account_id && text !== null)
  const own = mine.length > 0 ? random.pick(mine) : undefined
  const commands: (() => Promise<unknown>)[] = [
    ...Array.from(
      { length: 6 },
      () => () =>
        call('messages.send', {
          conversation_id: id,
          client_id: random.word(20) as ClientId,
          text: random.word(10),
        }),
    ),
    () => call('sync.acknowledge', { epoch, seq: head }),
    () => call('sync.acknowledge', { epoch, seq: head }),
    () => core.page(me.account_id, epoch, Math.max(0, head - 20)),
    () => call('conversations.read', { conversation_id: id, seq: Number.MAX_SAFE_INTEGER }),
    () => call('conversations.open', { account_id: other.account_id }),
    () => call('graph.block', { account_id: other.account_id }),
    () => call('graph.unblock', { account_id: other.account_id }),
    () => call('graph.follow', { account_id: random.pick(people).account_id }),
    () => call('graph.unfollow', { account_id: other.account_id }),
    () => call('graph.follow', { account_id: other.account_id }),
    () => call('me.update', { display_name: random.word(8) }),
    () => call('settings.update', { who_can_message: 'friends' }),
    () => call('conversations.delete', { conversation_id: id }),
    ...(own === undefined
      ? []
      : [
          () => call('messages.edit', { message_id: own.id, text: random.word(12) }),
          () => call('messages.delete', { message_id: own.id, for: 'everyone' as const }),
          () => call('messages.delete', { message_id: own.id, for: 'me' as const }),
        ]),
  ]
  return random.pick(commands)()
}
