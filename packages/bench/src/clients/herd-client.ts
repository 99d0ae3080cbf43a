/**
 * A client process for the reconnecting herd: devices that keep their line as the SDK's do, by the
 * SDK's own line, and follow their logs. Some of them write; every message must come once, in order.
 */
import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import type { Cursor, EventPage } from '@takeback/protocol/events.ts'
import type { Welcome } from '@takeback/protocol/frames.ts'
import type { AccountId, ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { createAcks } from '@takeback/sdk/acks.ts'
import { systemClock } from '@takeback/sdk/clock.ts'
import { systemRandom } from '@takeback/sdk/random.ts'
import { createLine, type Line } from '@takeback/sdk/transport.ts'
import { accountId, tokenOf } from '../data/names.ts'
import { atOnce } from './at-once.ts'
import { answerQuestions } from './questions.ts'

/** Handshakes under way at the first connecting; coming back is left to the SDK. */
const AT_ONCE = 64

/** Writes to somebody of the herd, in its turn. */
export interface Talk {
  from: number
  to: number
  conversation: ConversationId
}

class Device {
  readonly account: number
  readonly line: Line
  /** When it had all there was, Unix ms; null while it is away or behind. */
  currentAt: number | null = null
  /** Times that the line was welcomed. */
  welcomes = 0
  /** How many messages have come, by sender. */
  readonly heard = new Map<AccountId, number>()
  #cursor: Cursor | null = null
  /** What there was when the line was last welcomed. */
  #head = 0
  readonly #acks = createAcks(systemClock, Math.random, (data) =>
    this.line.post({ type: 'ack', data }),
  )

  constructor(url: string, account: number, localAddress?: string) {
    this.account = account
    this.line = createLine({
      url,
      token: tokenOf(account),
      connect: () =>
        new WebSocket(url, {
          perMessageDeflate: false,
          ...(localAddress === undefined ? {} : { localAddress }),
        }),
      clock: systemClock,
      random: systemRandom,
      cursor: () => this.#cursor,
      connection: ({ state }) => {
        if (state !== 'online') this.currentAt = null
      },
      welcome: (welcome) => this.#welcomed(welcome),
      frame: (frame) => {
        if (frame.type === 'events') this.#apply(frame.data)
        else if (frame.type === 'reset') throw new Error('A log was reset.')
      },
      signedOut: (reason) => {
        throw reason
      },
    })
  }

  #welcomed({ epoch, head }: Welcome): void {
    this.welcomes++
    this.#head = head
    if (this.#cursor === null) {
      this.#cursor = { epoch, seq: head }
      this.line.post({ type: 'resume', data: this.#cursor })
    }
    assert.equal(this.#cursor.epoch, epoch, 'The log is another one.')
    this.#advanced()
  }

  #apply(page: EventPage): void {
    if (this.#cursor === null || page.through <= this.#cursor.seq) return
    assert.equal(page.after, this.#cursor.seq, 'A page does not connect.')
    const messages = new Map(page.messages.map((message) => [message.id, message]))
    for (const { last_message } of page.conversations)
      if (last_message !== null) messages.set(last_message.id, last_message)
    for (const event of page.events) {
      if (event.kind !== 'message.new') continue
      const message = messages.get(event.message_id)
      assert.ok(message, 'An event came without its message.')
      if (message.sender_id !== accountId(this.account)) this.#hear(message.sender_id, message.text)
    }
    this.#cursor = { epoch: page.epoch, seq: page.through }
    this.#advanced()
  }

  #hear(from: AccountId, text: string | null): void {
    const number = (this.heard.get(from) ?? 0) + 1
    assert.equal(text, textOfTalk(number), 'A message was lost, doubled or reordered.')
    this.heard.set(from, number)
  }

  #advanced(): void {
    if (this.#cursor === null) return
    this.#acks.note(this.#cursor)
    if (this.#cursor.seq >= this.#head) this.currentAt ??= Date.now()
  }
}

const textOfTalk = (number: number): string => `This is message ${number} of those that were due.`

/** Sends what is due, one after the other, each until it is acknowledged: as the outbox does. */
class Talker {
  acknowledged = 0
  /** From when a message was due until it was acknowledged, ms; with the time it was due, Unix ms. */
  readonly waits: { due: number; took: number }[] = []
  readonly #device: Device
  readonly #talk: Talk
  readonly #due: number[] = []
  #sending = false

  constructor(device: Device, talk: Talk) {
    this.#device = device
    this.#talk = talk
  }

  get from(): number {
    return this.#talk.from
  }

  get isDone(): boolean {
    return this.#due.length === 0
  }

  say(): void {
    this.#due.push(Date.now())
    if (!this.#sending) void this.#send()
  }

  async #send(): Promise<void> {
    this.#sending = true
    for (let due = this.#due[0]; due !== undefined; due = this.#due[0]) {
      const number = this.acknowledged + 1
      const client_id = `herd-${number}-of-${this.#talk.from}` as ClientId
      const data = { conversation_id: this.#talk.conversation, client_id, text: textOfTalk(number) }
      try {
        const message = await this.#device.line.send(data)
        assert.equal(message.client_id, client_id)
        this.acknowledged++
        this.#due.shift()
        this.waits.push({ due, took: Date.now() - due })
      } catch (error) {
        // Cut off: under the same client id it is sent again, and stays one message (S9).
        if (!(error instanceof Refusal && error.code === 'network_unreachable')) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    this.#sending = false
  }
}

const devices: Device[] = []
const talkers: Talker[] = []
let talking: NodeJS.Timeout | undefined

const questions = {
  async connect(input: { url: string; accounts: number[]; localAddress?: string }): Promise<void> {
    await atOnce(AT_ONCE, input.accounts, async (account) => {
      const device = new Device(input.url, account, input.localAddress)
      devices.push(device)
      device.line.open()
      while (device.currentAt === null) await new Promise((resolve) => setTimeout(resolve, 5))
    })
  },
  /** From now on so many messages a second are due, in turn from each. */
  async talk(input: { rate: number; talks: Talk[] }): Promise<void> {
    for (const talk of input.talks) {
      const device = devices.find(({ account }) => account === talk.from)
      if (device !== undefined) talkers.push(new Talker(device, talk))
    }
    const started = performance.now()
    let said = 0
    talking = setInterval(() => {
      const due = ((performance.now() - started) / 1000) * input.rate
      for (; said < due; said++) talkers[said % talkers.length]?.say()
    }, 5)
  },
  /** Nothing more is due; what is will be sent. Returns how many messages each talker has sent. */
  async finish(): Promise<{ from: number; count: number; waits: Talker['waits'] }[]> {
    clearInterval(talking)
    while (!talkers.every((talker) => talker.isDone))
      await new Promise((resolve) => setTimeout(resolve, 20))
    return talkers.map((talker) => ({
      from: talker.from,
      count: talker.acknowledged,
      waits: talker.waits,
    }))
  },
  /** Of those that are current for the so-manieth time: how many, and since when all of them, Unix ms. */
  async current(input: { welcomes: number }): Promise<{ count: number; at: number[] }> {
    const at = devices.flatMap(({ welcomes, currentAt }) =>
      welcomes >= input.welcomes && currentAt !== null ? [currentAt] : [],
    )
    return { count: at.length, at }
  },
  /** How many messages a device has heard from somebody. */
  async heard(input: { pairs: { to: number; from: number }[] }): Promise<number[]> {
    const of = new Map(devices.map((device) => [device.account, device]))
    return input.pairs.map(({ to, from }) => of.get(to)?.heard.get(accountId(from)) ?? 0)
  },
}

export type HerdQuestions = typeof questions

answerQuestions(questions)
