import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Cursor, EventPage } from '@takeback/protocol/events.ts'
import type { DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import type { ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { fromProblem } from '@takeback/protocol/refusals.ts'
import { WebSocket } from 'ws'
import { createClient } from '@takeback/sdk/client.ts'
import type { Person } from '../world.ts'

export interface Sending {
  conversation_id: ConversationId
  client_id: ClientId
  text: string
}

/** The socket went before the answer came: whether the message was stored is not known. */
export class ConnectionLost extends Error {}

/** What a device keeps while it is not connected. */
export interface DeviceMemory {
  person: Person
  cursor: Cursor
  messages: Map<MessageId, Message>
}

/** A device that starts here and now, with nothing. */
export async function newMemory(person: Person): Promise<DeviceMemory> {
  const snapshot = await person.client.call('sync.read', {})
  if (snapshot.type !== 'snapshot') throw new Error('Without a cursor there is only a snapshot.')
  return { person, cursor: { epoch: snapshot.epoch, seq: snapshot.seq }, messages: new Map() }
}

export interface Device {
  memory: DeviceMemory
  /** @throws Refusal · ConnectionLost */
  send(sending: Sending): Promise<Message>
  /** Sends and takes nothing more from the socket, so that no answer is ever read. */
  sendAndTurnAway(sending: Sending): void
  /** Resolves once the log has been applied through `seq`. */
  reached(seq: number): Promise<void>
  /** Close code. */
  closed: Promise<number>
  /** Drops the line without a goodbye. */
  cut(): void
}

/** Connects and follows the log from where the memory stands. */
export async function connect(url: string, memory: DeviceMemory): Promise<Device> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, {
    perMessageDeflate: false,
  })
  const waiting = new Map<
    string,
    { resolve: (message: Message) => void; reject: (error: Error) => void }
  >()
  const watchers = new Set<() => void>()
  let lastRef = 0
  let lost: Error | null = null

  const write = (frame: UpFrame): void => socket.send(JSON.stringify(frame))

  function settle(frame: DownFrame): void {
    const ref = 'ref' in frame ? frame.ref : undefined
    const asker = ref === undefined ? undefined : waiting.get(ref)
    if (ref === undefined || asker === undefined) return
    waiting.delete(ref)
    if (frame.type === 'problem') asker.reject(fromProblem(frame.data))
    else if (frame.type === 'reply') asker.resolve(frame.data as Message)
  }

  function receive(frame: DownFrame): void {
    settle(frame)
    if (frame.type === 'reset') lost = new Error('The log did not reach back to this cursor.')
    if (frame.type === 'events') apply(memory, frame.data)
    for (const watcher of watchers) watcher()
  }

  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      lost ??= new ConnectionLost(`The socket closed with ${code}.`)
      for (const { reject } of waiting.values()) reject(lost)
      waiting.clear()
      for (const watcher of watchers) watcher()
      resolve(code)
    })
  })
  await new Promise<void>((resolve, reject) => {
    // After `error` comes `close`; who is connected already hears of it there.
    socket.on('error', (error) => reject(new ConnectionLost(error.message)))
    socket.on('close', () => reject(new ConnectionLost('The socket closed before the welcome.')))
    socket.on('open', () =>
      write({ type: 'hello', data: { token: memory.person.token, cursor: memory.cursor } }),
    )
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as DownFrame
      if (frame.type === 'welcome') resolve()
      else receive(frame)
    })
  })

  return {
    memory,
    closed,
    cut: () => socket.terminate(),
    send: (sending) =>
      new Promise((resolve, reject) => {
        if (lost !== null || socket.readyState !== socket.OPEN)
          return reject(lost ?? new ConnectionLost('The socket is closing.'))
        const ref = `r${++lastRef}`
        waiting.set(ref, { resolve, reject })
        write({ type: 'send', ref, data: sending })
      }),
    sendAndTurnAway(sending) {
      socket.pause()
      write({ type: 'send', data: sending })
    },
    reached: (seq) =>
      new Promise((resolve, reject) => {
        const watch = () => {
          if (memory.cursor.seq >= seq) resolve()
          else if (lost !== null) reject(lost)
          else return
          watchers.delete(watch)
        }
        watchers.add(watch)
        watch()
      }),
  }
}

/** One page, applied as a client must: only if it follows on, the higher version of a message wins. */
function apply(memory: DeviceMemory, page: EventPage): void {
  if (page.after !== memory.cursor.seq)
    throw new Error(`A page after ${page.after} came at cursor ${memory.cursor.seq}.`)
  const carried = [
    ...page.messages,
    ...page.conversations.flatMap(({ last_message }) =>
      last_message === null ? [] : [last_message],
    ),
  ]
  for (const message of carried)
    if ((memory.messages.get(message.id)?.version ?? 0) < message.version)
      memory.messages.set(message.id, message)
  for (const event of page.events)
    if (event.kind === 'message.removed') memory.messages.delete(event.message_id)
  memory.cursor = { epoch: page.epoch, seq: page.through }
}

/** The whole of a conversation, as a device that has nothing would read it. */
export async function history(person: Person, conversation: ConversationId): Promise<Message[]> {
  const all: Message[] = []
  for (;;) {
    const page = await person.client.call('messages.list', {
      conversation_id: conversation,
      after: all.at(-1)?.seq ?? 0,
    })
    all.push(...page.items)
    if (!page.has_after || page.items.length === 0) return all
  }
}

/** The same person at a server that has another address since it was started again. */
export const at = (url: string, person: Person): Person => ({
  ...person,
  client: createClient({ baseUrl: url, token: person.token }),
})
