/** A client process that holds a great many signed-in sockets on which nothing happens. */
import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import type { DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import { tokenOf } from '../data/names.ts'
import { atOnce } from './at-once.ts'
import { answerQuestions } from './questions.ts'

/** Handshakes under way; more would only wait for each other. */
const AT_ONCE = 64

interface Device {
  socket: WebSocket
  heartbeats: number
  /** Texts of messages that came. */
  heard: string[]
}

const devices = new Map<number, Device>()
let closing = false

/** Connects as an account's device and follows its log from where it stands, as a device does that has caught up. */
async function connect(url: string, account: number, localAddress?: string): Promise<void> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const device: Device = { socket, heartbeats: 0, heard: [] }
  const write = (frame: UpFrame) => socket.send(JSON.stringify(frame))
  socket.on('open', () => write({ type: 'hello', data: { token: tokenOf(account) } }))
  let failure = ''
  socket.on('error', (error) => {
    failure = ` (${error.message})`
  })
  socket.on('close', (code) => {
    if (!closing) throw new Error(`An idle socket was closed with ${code}${failure}.`)
  })
  await new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as DownFrame
      if (frame.type === 'welcome') {
        write({ type: 'resume', data: { epoch: frame.data.epoch, seq: frame.data.head } })
        resolve()
      } else hear(device, frame)
    })
  })
  devices.set(account, device)
}

function hear(device: Device, frame: DownFrame): void {
  if (frame.type === 'heartbeat') device.heartbeats++
  else if (frame.type === 'events')
    for (const { last_message } of frame.data.conversations)
      device.heard.push(last_message?.text ?? '')
  else throw new Error(`An idle socket was told ${JSON.stringify(frame)}.`)
}

const questions = {
  async connect(input: {
    url: string
    first: number
    count: number
    localAddress?: string
  }): Promise<void> {
    closing = false
    const accounts = Array.from({ length: input.count }, (_, index) => input.first + index)
    await atOnce(AT_ONCE, accounts, (account) => connect(input.url, account, input.localAddress))
  },
  /** The fewest heartbeats that any of the sockets has had. */
  async heartbeats(): Promise<number> {
    for (const { socket } of devices.values()) assert.equal(socket.readyState, WebSocket.OPEN)
    return Math.min(...[...devices.values()].map((device) => device.heartbeats))
  },
  /** What the devices here have been told, by account. */
  async heard(): Promise<Map<number, string[]>> {
    return new Map(
      [...devices]
        .filter(([, { heard }]) => heard.length > 0)
        .map(([one, { heard }]) => [one, heard]),
    )
  },
  async close(): Promise<void> {
    closing = true
    const open = [...devices.values()]
    devices.clear()
    await Promise.all(
      open.map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            socket.once('close', () => resolve())
            socket.close()
          }),
      ),
    )
  },
}

export type IdleQuestions = typeof questions

answerQuestions(questions)
