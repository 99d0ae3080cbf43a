/** Small things that tests of rooms share: people who are already friends, a log read to its end. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Profile, Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { EventPage, LogEvent } from '@takeback/protocol/events.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal, toProblem, type RefusalCode } from '@takeback/protocol/refusals.ts'
import type { TestCaller, TestCore } from './world.ts'

export const newClientId = (): ClientId => randomUUID() as ClientId

/** That a promise is refused with this code; resolves to the refusal. */
export async function refused(promise: Promise<unknown>, code: RefusalCode): Promise<Refusal> {
  const outcome: unknown = await promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof Refusal, `expected ${code}, got ${JSON.stringify(outcome)}`)
  assert.equal(outcome.code, code)
  return outcome
}

/** A refusal as the refused person gets it, to the byte. */
export const onTheWire = (refusal: Refusal): string => JSON.stringify(toProblem(refusal))

/** The refusal that a promise meets, as it goes over the wire; fails if it meets none. */
export async function problemOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Refusal) return onTheWire(error)
    throw error
  }
  return assert.fail('expected a refusal')
}

export const say = (
  who: TestCaller,
  conversation_id: ConversationId,
  text: string,
  client_id = newClientId(),
): Promise<Message> => who.call('messages.send', { conversation_id, client_id, text })

export const takeBack = (who: TestCaller, message: Message): Promise<null> =>
  who.call('messages.delete', { message_id: message.id, for: 'everyone' })

export const deleteForMe = (who: TestCaller, message: Message): Promise<null> =>
  who.call('messages.delete', { message_id: message.id, for: 'me' })

/** The newest page of history, up to 100 messages. */
export const historyOf = async (
  who: TestCaller,
  conversation_id: ConversationId,
): Promise<Message[]> => (await who.call('messages.list', { conversation_id, limit: 100 })).items

export const inboxOf = async (who: TestCaller): Promise<Conversation[]> =>
  (await who.call('conversations.list', { limit: 100 })).items

export interface Couple {
  a: TestCaller
  b: TestCaller
  conversation: ConversationId
}

let count = 0
/** Names that no other person of this process has. */
export const newName = (prefix = 'p'): string => `${prefix}${(++count).toString().padStart(4, '0')}`

/** Two friends whom no other test knows, with an empty conversation. */
export async function couple(
  tested: TestCore,
  options: { birth_date?: string } = {},
): Promise<Couple> {
  const [a, b] = await Promise.all([
    tested.person(newName('a')),
    tested.person(newName('b'), options),
  ])
  return { a, b, conversation: await tested.befriend(a, b) }
}

/** What a log brought since it was last read, pages put together. */
export interface News {
  pages: EventPage[]
  events: LogEvent[]
  messages: Message[]
  conversations: Conversation[]
  accounts: Profile[]
  me: Me | undefined
}

export interface LogReader {
  /** Everything up to the head; counts as fetched by a device, as any reading does. */
  read(): Promise<News>
  /** As GET /sync takes it. */
  cursor(): string
  seq(): number
}

/** Reads somebody's log from where it stands now; starting to does not count as fetching. */
export async function followLog(tested: TestCore, who: TestCaller): Promise<LogReader> {
  const { epoch, head } = await tested.core.head(who.account_id)
  let seq = head
  return {
    async read() {
      const pages: EventPage[] = []
      for (;;) {
        const page = await tested.core.page(who.account_id, epoch, seq)
        assert.equal(page.type, 'events')
        if (page.type !== 'events') return assert.fail()
        assert.equal(page.after, seq)
        pages.push(page)
        seq = page.through
        if (seq >= page.head) break
      }
      return {
        pages,
        events: pages.flatMap((page) => page.events),
        messages: pages.flatMap((page) => [
          ...page.messages,
          ...page.conversations.flatMap(({ last_message }) => last_message ?? []),
        ]),
        conversations: pages.flatMap((page) => page.conversations),
        accounts: pages.flatMap((page) => page.accounts),
        me: pages.findLast((page) => page.me !== undefined)?.me,
      }
    },
    cursor: () => `${epoch}.${seq}`,
    seq: () => seq,
  }
}

/** Every column of every row of a table, for hunting what should not be there. */
export const rowsOf = (tested: TestCore, table: string): Promise<object[]> =>
  tested.store.read((tx) => tx.all<object>(`select * from ${table}`))

/** Runs jobs one after the other and gathers what they give. */
export async function inTurn<T, R>(
  items: readonly T[],
  job: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await job(item))
  return results
}
