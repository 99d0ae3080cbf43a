import {
  closeCodes,
  type DownFrame,
  type UpFrame,
} from '@takeback/protocol/frames.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import type { WebSocket } from 'ws'
import type { Caller, Core } from '../core/types.ts'
import type { Connection, Connections } from './connections.ts'
import type { DrawLimits } from './limits.ts'
import { createPump } from './pump.ts'
import { validFrame } from './validate.ts'

export interface ConnectionDeps {
  core: Core
  limits: DrawLimits
  connections: Connections
  heartbeat: number
  onError: (error: unknown) => void
}

/** Frames that break the rules before the socket is closed: a broken client must not spin. */
const MAX_BAD_FRAMES = 20
/** Sends under way on one socket before no more are read from it. */
const MAX_UNDER_WAY = 64

type Greeting = Extract<UpFrame, { type: 'hello' }>

/** The life of one signed-in socket: frames up to the core, its log down by the pump. */
export async function openConnection(
  { core, limits, connections, heartbeat, onError }: ConnectionDeps,
  socket: WebSocket,
  caller: Caller,
  hello: Greeting,
): Promise<void> {
  const { account_id, device_id } = caller
  const pump = createPump({ core, socket, account: account_id, onError })
  let badFrames = 0
  let underWay = 0

  const connection: Connection = {
    account: account_id,
    device: device_id,
    poke: pump.poke,
    send,
    revoke: () => close('session_revoked'),
    restart: () => close('restarting'),
  }

  function send(frame: DownFrame): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
  }

  function close(reason: keyof typeof closeCodes): void {
    stop()
    socket.close(closeCodes[reason].code, reason)
    setTimeout(() => socket.terminate(), 500).unref()
  }

  function stop(): void {
    pump.stop()
    connections.remove(connection)
  }

  function refuse(error: unknown, ref: string | undefined): void {
    if (!(error instanceof Refusal)) onError(error)
    const refusal = error instanceof Refusal ? error : new Refusal('internal')
    send({ type: 'problem', ...(ref === undefined ? {} : { ref }), data: toProblem(refusal) })
  }

  async function run(frame: UpFrame): Promise<void> {
    switch (frame.type) {
      case 'hello':
        throw new Refusal('invalid_input', { detail: 'hello comes once, first.' })
      case 'resume':
        limits.draw('read', account_id)
        return pump.resume(frame.data)
      case 'ack':
        limits.draw('write', account_id)
        await core.call('sync.acknowledge', caller, frame.data)
        return
      case 'typing':
        limits.draw('write', account_id)
        await core.call('conversations.typing', caller, frame.data)
        return
      case 'send': {
        limits.draw('send', account_id)
        const message = await core.call('messages.send', caller, frame.data)
        send({ type: 'reply', ...refOf(frame), data: message })
      }
    }
  }

  async function receive(data: Buffer, isBinary: boolean): Promise<void> {
    let ref: string | undefined
    if (++underWay >= MAX_UNDER_WAY) socket.pause()
    try {
      if (isBinary) throw new Refusal('invalid_input', { detail: 'Frames are text.' })
      ref = looseRef(data)
      await run(validFrame(data.toString()))
    } catch (error) {
      refuse(error, ref)
      if (error instanceof Refusal && error.code === 'invalid_input' && ++badFrames >= MAX_BAD_FRAMES)
        close('bad_frame')
    } finally {
      if (--underWay < MAX_UNDER_WAY && socket.isPaused) socket.resume()
    }
  }

  socket.on('message', (data: Buffer, isBinary: boolean) => void receive(data, isBinary))
  socket.on('close', stop)

  // Subscribe first, then read where the log stands: nothing falls between (S11).
  connections.add(connection)
  if (socket.readyState !== socket.OPEN) return stop()
  const { epoch, head } = await core.head(account_id)
  send({
    type: 'welcome',
    ...refOf(hello),
    data: { account_id, device_id, epoch, head, heartbeat_ms: heartbeat },
  })
  if (hello.data.cursor !== undefined) pump.resume(hello.data.cursor)
}

const refOf = (frame: { ref?: string }) => (frame.ref === undefined ? {} : { ref: frame.ref })

/** The ref of a frame that may be malformed otherwise, so that even its refusal finds its asker. */
function looseRef(data: Buffer): string | undefined {
  const match = /"ref"\s*:\s*"([\w-]{1,64})"/.exec(data.toString('utf8', 0, 512))
  return match?.[1]
}
