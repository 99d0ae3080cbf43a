import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { befriend, signUp, type Person } from '../world.ts'
import {
  ConnectionLost,
  newMemory,
  type Device,
  type DeviceMemory,
  type Sending,
} from './device.ts'
import type { Random } from './seed.ts'

/** Two people who talk, each with one device. */
export interface Pair {
  conversation: ConversationId
  members: [Person, Person]
  memories: [DeviceMemory, DeviceMemory]
}

export function makePairs(
  url: string,
  count: number,
  name = (prefix: string, index: number): string => `${prefix}.${index}`,
): Promise<Pair[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const a = await signUp(url, name('left', index))
      const b = await signUp(url, name('right', index))
      const conversation = await befriend(a, b)
      const memories: [DeviceMemory, DeviceMemory] = [await newMemory(a), await newMemory(b)]
      return { conversation, members: [a, b], memories }
    }),
  )
}

interface Entry {
  sender: Person
  sending: Sending
  /** Places in one count of all that happened: who was acknowledged before another was sent. */
  sentAt: number
  acknowledged: { at: number; message: Message } | null
}

/** What was sent, and what was acknowledged: kept here, where no fault of the server reaches it. */
export function createJournal() {
  const entries = new Map<ClientId, Entry>()
  const watchers = new Set<() => void>()
  let happened = 0
  let acknowledgements = 0

  const all = () => [...entries.values()]
  return {
    sent(sender: Person, sending: Sending): void {
      if (entries.has(sending.client_id)) return
      entries.set(sending.client_id, { sender, sending, sentAt: ++happened, acknowledged: null })
    },
    acknowledged(sending: Sending, message: Message): void {
      const entry = entries.get(sending.client_id)
      assert.ok(entry, 'Only what was sent can be acknowledged.')
      assert.equal(message.text, sending.text, 'An answer holds the text byte for byte (A1).')
      if (entry.acknowledged === null) entry.acknowledged = { at: ++happened, message }
      else
        assert.deepEqual(
          [message.id, message.seq],
          [entry.acknowledged.message.id, entry.acknowledged.message.seq],
          'A retry gets the same id and seq (A2).',
        )
      acknowledgements++
      for (const watcher of watchers) watcher()
    },
    /** Resolves once this many acknowledgements more have come. */
    more: (count: number) =>
      new Promise<void>((resolve) => {
        const target = acknowledgements + count
        const watch = () => {
          if (acknowledgements < target) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
      }),
    pending: () => all().filter((entry) => entry.acknowledged === null),
    stored: () =>
      all().flatMap(({ sending, sender, sentAt, acknowledged }) =>
        acknowledged === null
          ? []
          : [{ sending, sender, sentAt, ackedAt: acknowledged.at, message: acknowledged.message }],
      ),
  }
}

export type Journal = ReturnType<typeof createJournal>

/** Text of any length that is allowed, in several scripts, with marks that must not be mangled. */
export function anyText(random: Random): string {
  const samples = [
    'plain',
    'ÅÄÖ é',
    'مرحبا',
    'שלום',
    '日本語',
    '👩‍👩‍👧‍👦',
    '🇩🇪',
    'e\u0301',
    '\u202eabc\u202c',
    '\t',
    '\n',
  ]
  const length = random.chance(0.05) ? random.between(500, 1200) : random.between(1, 20)
  let text = random.word(4)
  for (let count = 0; count < length; count++) text += ` ${random.pick(samples)}`
  return Array.from(text).slice(0, 4000).join('')
}

/** A new message under a client id of its own. */
export const anySending = (random: Random, conversation: ConversationId): Sending => ({
  conversation_id: conversation,
  client_id: random.word(24) as ClientId,
  text: anyText(random),
})

/** Keeps `window` messages in flight until the line is lost or `upTo` have been sent. */
export async function talk(
  device: Device,
  conversation: ConversationId,
  journal: Journal,
  random: Random,
  { window, upTo }: { window: number; upTo: number },
): Promise<void> {
  let left = upTo
  const speak = async (): Promise<void> => {
    while (left-- > 0) {
      const sending = anySending(random, conversation)
      journal.sent(device.memory.person, sending)
      journal.acknowledged(sending, await device.send(sending))
    }
  }
  await Promise.all(Array.from({ length: window }, () => speak().catch(unlessLost)))
}

/** A lost line is what these tests are about; anything else is a failure. */
export function unlessLost(error: unknown): void {
  if (!(error instanceof ConnectionLost)) throw error
}

export interface StoredMessage {
  id: string
  conversation_id: string
  seq: number
  sender_id: string
  client_id: string
  text: string | null
}

/** What a database file holds, read past the server. */
export function storedIn(file: string): StoredMessage[] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(ALL_MESSAGES).all() as unknown as StoredMessage[]
  } finally {
    db.close()
  }
}

export const ALL_MESSAGES =
  'select m.id, conversation_id, seq, sender_id, client_id, body as text from messages m left join texts t on t.id = text_id order by conversation_id, seq'

/**
 * A1, A2, O1: what was acknowledged is stored byte for byte under the id and seq that were told;
 * no account has two messages of one client id; what was acknowledged before another message of its
 * conversation was sent stands before it.
 */
export function assertKept(journal: Journal, rows: readonly StoredMessage[]): void {
  const byClientId = new Map(rows.map((row) => [`${row.sender_id} ${row.client_id}`, row]))
  assert.equal(byClientId.size, rows.length, 'One client id, one message (A2).')
  const places = new Set(rows.map((row) => `${row.conversation_id} ${row.seq}`))
  assert.equal(places.size, rows.length, 'One place, one message (O1).')
  for (const { sending, sender, message } of journal.stored()) {
    const row = byClientId.get(`${sender.id} ${sending.client_id}`)
    assert.ok(row, `An acknowledged message is lost: ${sending.client_id} (A1).`)
    assert.deepEqual(
      { ...row },
      {
        id: message.id,
        conversation_id: sending.conversation_id,
        seq: message.seq,
        sender_id: sender.id,
        client_id: sending.client_id,
        text: sending.text,
      },
    )
  }
  const inOrder = Map.groupBy(journal.stored(), ({ sending }) => sending.conversation_id)
  for (const entries of inOrder.values()) {
    entries.sort((a, b) => b.message.seq - a.message.seq)
    let earliestAckAbove = Number.POSITIVE_INFINITY
    for (const { sentAt, ackedAt } of entries) {
      assert.ok(earliestAckAbove > sentAt, 'A later message stands before an earlier one (O1).')
      earliestAckAbove = Math.min(earliestAckAbove, ackedAt)
    }
  }
}
