/** Two friends and the long conversation that they have had. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { createClient, type Client } from '@takeback/sdk/client.ts'
import { WebSocket } from 'ws'
import { textOf } from './texts.ts'

export const PASSWORD = 'correct horse battery'
/** Unanswered sends at once: the service writes what is waiting in one batch. */
const IN_FLIGHT = 512
/** Every so many messages one is taken back. */
const UNSEND_EVERY = 400
const YEAR = 365 * 24 * 3_600_000

export interface Person {
  id: AccountId
  username: string
  token: string
  client: Client
}

export interface Friends {
  /** Whose browser is looked at. */
  reader: Person
  other: Person
  conversation: ConversationId
}

export async function makeFriends(url: string): Promise<Friends> {
  const reader = await signUp(url, 'bench.reader', 'Mira')
  const other = await signUp(url, 'bench.other', 'Jonas')
  await reader.client.call('graph.follow', { account_id: other.id })
  await other.client.call('graph.follow', { account_id: reader.id })
  const { id } = await reader.client.call('conversations.open', { account_id: other.id })
  return { reader, other, conversation: id }
}

async function signUp(url: string, username: string, display_name: string): Promise<Person> {
  const { account, session } = await createClient({ baseUrl: url }).call('accounts.sign_up', {
    username,
    display_name,
    password: PASSWORD,
    birth_date: '1990-01-01',
  })
  const token = session.token ?? ''
  return { id: account.id, username, token, client: createClient({ baseUrl: url, token }) }
}

/** A signed-in socket that only sends. */
export interface Mouth {
  /** Resolves with the message once it is durable. */
  say(text: string): Promise<Message>
  close(): void
}

export async function openMouth(
  url: string,
  { token }: Person,
  id: ConversationId,
): Promise<Mouth> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, {
    perMessageDeflate: false,
  })
  const waiting = new Map<string, { resolve(message: Message): void; reject(why: Error): void }>()
  let count = 0
  const opened = Date.now()
  const fail = (why: Error) => {
    for (const { reject } of waiting.values()) reject(why)
    waiting.clear()
  }
  socket.on('close', (code) => fail(new Error(`A socket closed with ${code}.`)))
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', data: { token } })))
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as DownFrame
      if (frame.type === 'welcome') resolve()
      if (frame.type !== 'reply' && frame.type !== 'problem') return
      const asked = waiting.get(frame.ref ?? '')
      waiting.delete(frame.ref ?? '')
      if (frame.type === 'reply') asked?.resolve(frame.data as Message)
      else asked?.reject(new Error(`Refused: ${frame.data.code} ${frame.data.detail}`))
    })
  })
  return {
    say(text) {
      const ref = String(count++)
      const client_id = `bench-${opened}-${ref}`
      socket.send(
        JSON.stringify({ type: 'send', ref, data: { conversation_id: id, client_id, text } }),
      )
      return new Promise((resolve, reject) => waiting.set(ref, { resolve, reject }))
    },
    close: () => socket.terminate(),
  }
}

/**
 * The other says `count` numbered texts, the reader reads them, some are taken back: all through the
 * service. Resolves with the texts that remain, by seq.
 */
export async function talk(
  url: string,
  { reader, other, conversation }: Friends,
  count: number,
): Promise<Map<number, string>> {
  const mouth = await openMouth(url, other, conversation)
  const said: Message[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < count) said.push(await mouth.say(textOf(next++)))
    }),
  )
  mouth.close()
  // What nobody has been handed would leave no line when it is taken back.
  await reader.client.call('messages.list', { conversation_id: conversation })
  await reader.client.call('conversations.read', { conversation_id: conversation, seq: count })
  const remaining = new Map(said.map(({ seq, text }) => [seq, text ?? '']))
  const takenBack = said.filter(({ seq }) => seq % UNSEND_EVERY === 0)
  for (const message of takenBack) {
    await other.client.call('messages.delete', { message_id: message.id, for: 'everyone' })
    remaining.delete(message.seq)
  }
  return remaining
}

/**
 * Makes it a conversation of three years: days apart, and each of the two says one to five messages
 * before the other. Nothing sends messages into the past, so this is done to the data of a service
 * that is not running.
 */
export function spreadOverYears(dataDir: string, friends: Friends): void {
  const database = new DatabaseSync(join(dataDir, 'takeback.db'))
  const { conversation, reader, other } = friends
  const { last } = database
    .prepare('select max(seq) as last from messages where conversation_id = ?')
    .get(conversation) as { last: number }
  const apart = (3 * YEAR) / last
  const now = Date.now()
  const update = database.prepare(
    'update messages set sent_at = ?, sender_id = ? where conversation_id = ? and seq = ?',
  )
  database.exec('begin')
  let speaker = reader
  let run = 0
  for (let seq = 1; seq <= last; seq++) {
    if (run-- === 0) {
      speaker = speaker === reader ? other : reader
      run = (seq * 7) % 5
    }
    // Bursts with a pause after each, so that some stand in groups.
    const at = now - Math.round((last - seq + (seq % 4) * 0.9) * apart)
    update.run(at, speaker.id, conversation, seq)
  }
  database.exec('commit')
  database.close()
}
