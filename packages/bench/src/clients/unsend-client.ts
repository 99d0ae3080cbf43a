/** A client process for two people who send and unsend in one long conversation. */
import assert from 'node:assert/strict'
import type { ClientId, MessageId } from '@takeback/protocol/ids.ts'
import { Chance } from '../data/chance.ts'
import { accountId, tokenOf } from '../data/names.ts'
import { planOf } from '../data/plan.ts'
import { scales, type ScaleName } from '../data/scale.ts'
import { textOf } from '../data/words.ts'
import { call } from './http.ts'
import { inTurn } from './pace.ts'
import { answerQuestions } from './questions.ts'

/** The giant conversation of a data set. */
const GIANT = 0
const PAGE = 50
/** Messages taken from one page, so that those that are unsent lie all over. */
const OF_A_PAGE = 10

interface Old {
  id: MessageId
  seq: number
  /** Side of its sender. */
  side: number
}

const chance = new Chance(31)
const used = new Set<number>()
let sent = 0

const questions = {
  /** Sends and unsends in turn; how long each took, ms. What is unsent lies anywhere in the conversation. */
  async measure(input: {
    url: string
    scale: ScaleName
    rate: number
    rounds: number
  }): Promise<{ sends: number[]; unsends: number[] }> {
    const { url } = input
    const plan = planOf(scales[input.scale])
    const people = plan.members(GIANT)
    const conversation_id = plan.id(GIANT)

    async function someOld(): Promise<Old[]> {
      const around = 1 + chance.below(plan.size(GIANT))
      const { value } = await call(url, tokenOf(people[0]), 'messages.list', {
        conversation_id,
        around,
        limit: PAGE,
      })
      return value.items
        .filter(({ seq, text }) => text !== null && !used.has(seq) && seq <= plan.size(GIANT))
        .slice(0, OF_A_PAGE)
        .map(({ id, seq, sender_id }) => {
          used.add(seq)
          return { id, seq, side: sender_id === accountId(people[0]) ? 0 : 1 }
        })
    }

    const old: Old[] = []
    while (old.length < input.rounds) old.push(...(await someOld()))
    const waiting = old.slice(0, input.rounds)
    const [sends = [], unsends = []] = await inTurn(input.rate, input.rounds, [
      async () => {
        const { value, took } = await call(url, tokenOf(people[sent % 2] ?? 0), 'messages.send', {
          conversation_id,
          client_id: `bench-giant-${sent}` as ClientId,
          text: textOf(sent++),
        })
        assert.ok(value.seq > plan.size(GIANT), 'A message was stored among old ones.')
        return took
      },
      async () => {
        const message = waiting.pop()
        assert.ok(message !== undefined)
        const { took } = await call(url, tokenOf(people[message.side] ?? 0), 'messages.delete', {
          message_id: message.id,
          for: 'everyone',
        })
        return took
      },
    ])
    for (const message of old.slice(0, input.rounds).filter((_, index) => index % 50 === 0))
      await assertGone(message)
    return { sends, unsends }

    async function assertGone({ id, seq }: Old): Promise<void> {
      const { value } = await call(url, tokenOf(people[1]), 'messages.list', {
        conversation_id,
        around: seq,
        limit: 2,
      })
      const found = value.items.find((message) => message.id === id)
      assert.ok(found?.unsent_at, 'An unsent message has no tombstone.')
      assert.equal(found.text, null)
    }
  },
}

export type UnsendQuestions = typeof questions

answerQuestions(questions)
