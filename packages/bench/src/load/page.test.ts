import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { EventPage, LogEvent } from '@takeback/protocol/events.ts'
import { readPage, scanPage } from './page.ts'

const [me, them] = ['01m8acnrfmpdk4prx0vg88hqtt', '01m8acnv2ce3dkszke2n8z3ht6']
const conversation = '01m8acnsza3qxf7rfqwyg1w2d7'

const message = (seq: number, sender_id: string, text: string) =>
  ({
    id: `message-${seq}`,
    conversation_id: conversation,
    seq,
    sender_id,
    version: 1,
    sent_at: 1,
    text,
    edited_at: null,
    edit_count: 0,
    unsent_at: null,
  }) as Message

const news = (seq: number) =>
  ({
    seq,
    kind: 'message.new',
    conversation_id: conversation,
    message_id: `message-${seq}`,
  }) as LogEvent

/** A page of three messages, the newest riding on its conversation, and what else is given. */
function frameOf(more: Partial<EventPage> = {}) {
  const [first, second, third] = [
    message(11, them, 'one'),
    message(12, me, 'mine'),
    message(13, them, 'two'),
  ]
  const conversations = [
    { id: conversation, version: 9, kind: 'direct', members: [], last_message: third },
  ] as unknown as EventPage['conversations']
  const data: EventPage = {
    type: 'events',
    epoch: '01m8acnqr3bv00y6xv93wggpt2',
    after: 10,
    through: 13,
    head: 13,
    events: [news(11), news(12), news(13)],
    messages: [first, second],
    conversations,
    accounts: [],
    ...more,
  }
  return { type: 'events', data } as const
}

describe('a page', () => {
  test('of new messages says the same scanned and parsed', () => {
    const frame = frameOf()
    const expected = { after: 10, through: 13, texts: ['one', 'two'] }
    assert.deepEqual(scanPage(JSON.stringify(frame), me), expected)
    assert.deepEqual(readPage(frame, me), expected)
  })

  test('that tells of anything else is not scanned', () => {
    const updated = { seq: 13, kind: 'conversation.updated', conversation_id: conversation }
    const others: Partial<EventPage>[] = [
      { events: [news(11), news(12), updated as LogEvent] },
      { events: [news(11), news(12)] },
      { head: 20 },
      { messages: [] },
      { conversations: [] },
      { messages: [message(10, them, 'zero'), message(11, them, 'one'), message(12, me, 'mine')] },
    ]
    for (const more of others) assert.equal(scanPage(JSON.stringify(frameOf(more)), me), null)
  })

  test('that lacks a message is known as such', () => {
    assert.equal(readPage(frameOf({ messages: [] }), me), null)
  })
})
