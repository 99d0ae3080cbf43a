/** A client process that is one device at a time: the SDK's own, with its copy in memory. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { DownFrame, UpFrame, Welcome } from '@takeback/protocol/frames.ts'
import { createMemoryStorage } from '@takeback/sdk/storage-memory.ts'
import { emptyMeta, isRemoved, type Storage } from '@takeback/sdk/storage.ts'
import { createTakeback, type TakebackOptions } from '@takeback/sdk/takeback.ts'
import type { Takeback } from '@takeback/sdk/types.ts'
import { tokenOf } from '../data/names.ts'
import { answerQuestions } from './questions.ts'

interface Place {
  url: string
  account: number
}

const socketUrl = (url: string): string => `${url.replace('http', 'ws')}/v1/socket`

const deviceOf = ({ url, account }: Place, options: Pick<TakebackOptions, 'storage' | 'fetch'>) =>
  createTakeback({
    baseUrl: url,
    token: tokenOf(account),
    WebSocket,
    locks: null,
    channel: null,
    onNetwork: () => () => {},
    ...options,
  })

/** Where somebody's log stands: a socket is welcomed and closed. */
async function welcomeOf({ url, account }: Place): Promise<Welcome> {
  const socket = new WebSocket(socketUrl(url), { perMessageDeflate: false })
  await once(socket, 'open')
  const hello: UpFrame = { type: 'hello', data: { token: tokenOf(account) } }
  socket.send(JSON.stringify(hello))
  const [data] = (await once(socket, 'message')) as [Buffer]
  const frame = JSON.parse(data.toString()) as DownFrame
  assert.ok(frame.type === 'welcome')
  socket.terminate()
  return frame.data
}

/** Resolves once the first snapshot is there to be shown. */
function loaded(device: Takeback): Promise<void> {
  return new Promise((resolve) => {
    const stop = device.subscribe(() => {
      if (device.loading()) return
      stop()
      resolve()
    })
  })
}

/** A storage that tells when it has been written down that everything up to a place is there. */
function watched(storage: Storage, seq: number): { storage: Storage; reached: Promise<void> } {
  let reach = () => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  return {
    reached,
    storage: {
      ...storage,
      async write(batch) {
        await storage.write(batch)
        // Not told by the device itself: the last page may hold nothing that is not shown already.
        if ((batch.meta?.cursor?.seq ?? 0) >= seq) reach()
      },
    },
  }
}

/** Every message behind the cursor is held, once, and none is missing between any two. */
async function assertWhole(storage: Storage, count: number): Promise<void> {
  const { rows } = await storage.load()
  const messages = rows.messages.flatMap((message) => (isRemoved(message) ? [] : [message]))
  assert.equal(messages.length, count)
  const seqs = Map.groupBy(messages, (message) => message.conversation_id)
  for (const thread of seqs.values()) {
    const places = thread.map(({ seq }) => seq).toSorted((a, b) => a - b)
    assert.equal((places.at(-1) ?? 0) - (places[0] ?? 0) + 1, places.length)
  }
  assert.ok(messages.every(({ text }) => text !== null))
}

const questions = {
  /** From opening the line until a device that was so many events behind has written down the last, ms. */
  async catchUp(input: Place & { behind: number }): Promise<number> {
    const { epoch, head } = await welcomeOf(input)
    const { storage, reached } = watched(createMemoryStorage(), head)
    const nothing = new Map<string, never>()
    await storage.write({
      revision: 0,
      wipe: 'nothing',
      meta: {
        ...emptyMeta,
        cursor: { epoch, seq: head - input.behind },
        contact_at: Date.now(),
      },
      rows: {
        conversations: nothing,
        messages: nothing,
        outbox: nothing,
        drafts: nothing,
        read_marks: nothing,
      },
    })
    const device = deviceOf(input, { storage })
    const started = performance.now()
    await device.start()
    await reached
    const took = performance.now() - started
    await device.stop()
    await assertWhole(storage, input.behind)
    return took
  },
  /** From asking for the snapshot until a new device shows the inbox, ms. */
  async snapshot(input: Place & { conversations: number }): Promise<number> {
    let asked = Number.NaN
    const storage = createMemoryStorage()
    const device = deviceOf(input, {
      storage,
      fetch(url, init) {
        asked = performance.now()
        return fetch(url, init)
      },
    })
    const shown = loaded(device)
    await device.start()
    await shown
    const inbox = device.conversations()
    const took = performance.now() - asked
    assert.equal(inbox.length, input.conversations)
    assert.ok(inbox.every(({ last_message }) => last_message?.text))
    await device.stop()
    return took
  },
}

export type CatchUpQuestions = typeof questions

answerQuestions(questions)
