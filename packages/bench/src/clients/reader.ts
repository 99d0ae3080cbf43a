import assert from 'node:assert/strict'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { Chance } from '../data/chance.ts'
import { accountId, personOf, tokenOf } from '../data/names.ts'
import type { Plan } from '../data/plan.ts'
import { textOf } from '../data/words.ts'
import { call } from './http.ts'

/** Messages of a page of history, conversations of a page of an inbox. */
const HISTORY_PAGE = 50
const INBOX_PAGE = 20

export type Operation = 'send' | 'history page' | 'inbox page' | 'account search'

/**
 * People of a data set at work in the service that holds it: each piece of work is somebody else's,
 * somewhere else, and its answer is checked. Hubs are left alone: they have been away, so that what
 * they read must first be written down as fetched, which others have behind them.
 */
export function workIn(
  url: string,
  plan: Plan,
  seed: number,
): Record<Operation, () => Promise<number>> {
  const chance = new Chance(seed)
  const { accounts, conversations, hubs } = plan.scale
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
  const readable = numbers(conversations).filter((one) => plan.size(one) > HISTORY_PAGE)
  const listed = numbers(accounts).filter(
    (one) => one >= hubs && plan.conversationsOf(one).length >= INBOX_PAGE,
  )
  const among = (all: readonly number[]): number => all[chance.below(all.length)] ?? 0
  /** Of the giant conversation there is a figure of its own. */
  const anyConversation = () => 1 + chance.below(conversations - 1)
  const newest = new Map<number, number>()
  let sent = 0

  const memberOf = (conversation: number): number => {
    const people = plan.members(conversation).filter((account) => account >= hubs)
    return among(people)
  }

  return {
    async send() {
      const conversation = anyConversation()
      const text = textOf(sent)
      const { value, took } = await call(url, tokenOf(memberOf(conversation)), 'messages.send', {
        conversation_id: plan.id(conversation),
        client_id: `bench-${seed}-${sent++}` as ClientId,
        text,
      })
      assert.equal(value.text, text)
      const before = newest.get(conversation) ?? plan.size(conversation)
      // Sends overlap, so one may be answered after a later one.
      assert.ok(value.seq > plan.size(conversation), 'A message was stored among old ones.')
      newest.set(conversation, Math.max(before, value.seq))
      return took
    },
    async 'history page'() {
      const conversation = among(readable)
      const before = HISTORY_PAGE + 1 + chance.below(plan.size(conversation) - HISTORY_PAGE + 1)
      const { value, took } = await call(url, tokenOf(memberOf(conversation)), 'messages.list', {
        conversation_id: plan.id(conversation),
        before,
        limit: HISTORY_PAGE,
      })
      assertPage(plan, conversation, value.items, before)
      return took
    },
    async 'inbox page'() {
      const account = among(listed)
      const { value, took } = await call(url, tokenOf(account), 'conversations.list', {
        limit: INBOX_PAGE,
      })
      assert.equal(value.items.length, INBOX_PAGE)
      const times = value.items.map((conversation) => conversation.last_activity_at)
      assert.ok(
        times.every((time, index) => index === 0 || time <= (times[index - 1] ?? 0)),
        'An inbox is not by latest activity.',
      )
      for (const { members, last_message } of value.items) {
        assert.ok(members.some((member) => member.account.id === accountId(account)))
        assert.ok(last_message?.text, 'A preview has no text.')
      }
      return took
    },
    async 'account search'() {
      const sought = chance.below(accounts)
      const name = personOf(sought).username.slice(0, 4)
      const searcher = hubs + chance.below(accounts - hubs)
      const { value, took } = await call(url, tokenOf(searcher), 'accounts.search', { q: name })
      assert.ok(value.items.length > 0 || searcher === sought, 'A search missed who was sought.')
      return took
    },
  }
}

/** Every message of the page, in order, by one of the two, with its text. */
function assertPage(plan: Plan, conversation: number, items: readonly Message[], before: number) {
  assert.deepEqual(
    items.map((message) => message.seq),
    Array.from({ length: HISTORY_PAGE }, (_, index) => before - HISTORY_PAGE + index),
  )
  const people = plan.members(conversation).map(accountId)
  for (const message of items) {
    assert.equal(message.conversation_id, plan.id(conversation))
    assert.ok(people.includes(message.sender_id), 'A message is by nobody of these two.')
    assert.ok(message.text, 'A message has no text.')
  }
}
