import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import { createClient, type Client } from '@takeback/sdk/client.ts'
import { startServer, type Server } from '../load/server.ts'
import { dataFolder } from './data-set.ts'
import { accountId, messageId, tokenOf } from './names.ts'
import { planOf } from './plan.ts'
import { scales } from './scale.ts'
import { timelineOf } from './timeline.ts'
import { textOf } from './words.ts'

const folder = await mkdtemp(join(tmpdir(), 'takeback-data-set-'))
const plan = planOf(scales.tiny)
const timeline = timelineOf(plan)
const threads = timeline.byConversation()
/** The first account that is no hub, and a hub. */
const PERSON = scales.tiny.hubs
const HUB = 0
let server: Server
let data: string

const clientOf = (account: number): Client =>
  createClient({ baseUrl: server.url, token: tokenOf(account) })

before(async () => {
  data = await dataFolder(
    { folder, say: () => {}, options: { cache: join(folder, 'cache') }, figures: [] },
    'tiny',
  )
  server = await startServer(data)
})
after(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

async function snapshotOf(account: number) {
  const snapshot = await clientOf(account).call('sync.read', {})
  assert.ok(snapshot.type === 'snapshot')
  return snapshot
}

async function historyOf(account: number, conversation: number): Promise<Message[]> {
  const found: Message[] = []
  for (let before: number | undefined; ; before = found[0]?.seq) {
    const page = await clientOf(account).call('messages.list', {
      conversation_id: plan.id(conversation),
      ...(before === undefined ? {} : { before }),
    })
    found.unshift(...page.items)
    if (!page.has_before) return found
  }
}

/** What the service must know of a conversation, worked out without it. */
function expected(conversation: number) {
  return [...(threads[conversation] ?? [])].map((message, index) => ({
    id: messageId(message, timeline.at(message)) as string,
    seq: index + 1,
    sender_id: accountId(plan.members(conversation)[timeline.side(message)]) as string,
    text: textOf(message),
    sent_at: timeline.at(message),
  }))
}

describe('a data set', () => {
  test('holds as many messages as its scale says, each in the year of its conversation', () => {
    assert.equal(threads.flatMap((thread) => [...thread]).length, scales.tiny.messages)
    assert.equal(threads[0]?.length, scales.tiny.giant)
    for (const [conversation, thread] of threads.entries())
      for (const message of thread)
        assert.ok(timeline.at(message) >= plan.began(conversation), `of ${conversation}`)
  })

  test('is read as it was meant: every conversation of a person', async () => {
    for (const conversation of plan.conversationsOf(PERSON)) {
      const history = await historyOf(PERSON, conversation)
      assert.deepEqual(
        history.map(({ id, seq, sender_id, text, sent_at }) => ({
          id,
          seq,
          sender_id,
          text,
          sent_at,
        })),
        expected(conversation),
      )
    }
  })

  test('shows an inbox by latest activity, with counts that are so', async () => {
    for (const account of [HUB, PERSON]) {
      const { items } = await clientOf(account).call('conversations.list', { limit: 100 })
      assert.equal(items.length, plan.conversationsOf(account).length)
      const activity = items.map((conversation) => conversation.last_activity_at)
      assert.deepEqual(
        activity,
        activity.toSorted((a, b) => b - a),
      )
      for (const conversation of items) await assertCounted(account, conversation)
    }
  })

  async function assertCounted(account: number, conversation: Conversation): Promise<void> {
    const index = plan.conversationsOf(account).find((one) => plan.id(one) === conversation.id)
    assert.ok(index !== undefined)
    const history = await historyOf(account, index)
    const newest = history.at(-1)
    assert.equal(conversation.last_message?.id, newest?.id)
    assert.equal(conversation.last_activity_at, newest?.sent_at)
    const unread = history.filter(
      ({ seq, sender_id }) => seq > conversation.read_seq && sender_id !== accountId(account),
    )
    assert.equal(conversation.unread_count, unread.length)
  }

  test('has a log that goes on from where it is kept, and connects', async () => {
    for (const account of [HUB, PERSON]) {
      const { epoch, seq: head } = await snapshotOf(account)
      const whole = plan
        .conversationsOf(account)
        .reduce((sum, conversation) => sum + plan.size(conversation), 0)
      assert.equal(head, whole)
      const kept = await keptOf(account, epoch, head)
      assert.ok(kept > 0, 'something is kept')
      const ids: string[] = []
      for (let at = head - kept; at < head; ) {
        const page = await clientOf(account).call('sync.read', { cursor: `${epoch}.${at}` })
        assert.ok(page.type === 'events')
        assert.equal(page.after, at)
        for (const event of page.events)
          if (event.kind === 'message.new') ids.push(event.message_id)
        at = page.through
      }
      const told = plan
        .conversationsOf(account)
        .flatMap((conversation) => expected(conversation))
        .toSorted((a, b) => a.sent_at - b.sent_at)
        .slice(-kept)
      assert.deepEqual(ids.toSorted(), told.map(({ id }) => id).toSorted())
    }
  })

  /** How many events the log of somebody still has: a cursor before them is told `reset`. */
  async function keptOf(account: number, epoch: string, head: number): Promise<number> {
    let [lowest, highest] = [0, head]
    while (lowest < highest) {
      const middle = Math.floor((lowest + highest) / 2)
      const answer = await clientOf(account).call('sync.read', { cursor: `${epoch}.${middle}` })
      if (answer.type === 'reset') lowest = middle + 1
      else highest = middle
    }
    return head - lowest
  }

  test('lets people write who are friends in it', async () => {
    const [conversation = 0] = plan.conversationsOf(PERSON)
    const sent = await clientOf(PERSON).call('messages.send', {
      conversation_id: plan.id(conversation),
      client_id: 'written-in-a-test' as never,
      text: 'One more.',
    })
    assert.equal(sent.seq, plan.size(conversation) + 1)
  })

  test('is whole as a file', async () => {
    await server.stop()
    const db = new DatabaseSync(join(data, 'takeback.db'))
    assert.deepEqual({ ...db.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
    db.close()
    server = await startServer(data)
  })
})
