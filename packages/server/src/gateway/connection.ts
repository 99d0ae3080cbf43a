import { randomUUID } from 'node:crypto'
import type { closeCodes, UpFrame } from '@takeback/protocol/frames.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import type { WebSocket } from 'ws'
import type { Caller, Core } from '../core/types.ts'
import { closeWith } from './close.ts'
import type { Connection, Connections } from './connections.ts'
import type { Downstream } from './downstream.ts'
import type { Intake, RawFrame } from './intake.ts'
import type { DrawLimits } from './limits.ts'
import { createPump } from './pump.ts'
import { readFrame, refOf, validFrame } from './validate.ts'

export interface ConnectionDeps {
  core: Core
  limits: DrawLimits
  connections: Connections
  heartbeat: number
  /** A defect; `requestId` is what its problem frame was given. */
  onError: (error: unknown, requestId?: string) => void
}

/** A socket with its two ways. */
export interface Line {
  socket: WebSocket
  intake: Intake
  down: Downstream
}

/** Frames that break the rules before the socket is closed: a broken client must not spin. */
const MAX_BAD_FRAMES = 20

type Greeting = Extract<UpFrame, { type: 'hello' }>

/** The life of one signed-in socket: frames up to the core, its log down by the pump. */
export async function openConnection(
  { core, limits, connections, heartbeat, onError }: ConnectionDeps,
  { socket, intake, down }: Line,
  caller: Caller,
  hello: Greeting,
): Promise<void> {
  const { account_id, device_id } = caller
  const pump = createPump({ core, down, account: account_id, onError })
  let badFrames = 0

  const connection: Connection = {
    account: account_id,
    device: device_id,
    poke: pump.poke,
    sendIfRoom: down.sendIfRoom,
    revoke: () => close('session_revoked'),
    restart: () => close('restarting'),
  }

  function close(reason: keyof typeof closeCodes): void {
    stop()
    intake.stop()
    closeWith(socket, reason)
  }

  function stop(): void {
    pump.stop()
    connections.remove(connection)
  }

  function noteBadFrame(): void {
    if (++badFrames === MAX_BAD_FRAMES) close('bad_frame')
  }

  async function run(frame: UpFrame): Promise<void> {
    switch (frame.type) {
      case 'hello':
        noteBadFrame()
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
        down.sendText(replyFrame(frame.ref, message))
      }
    }
  }

  async function receive(raw: RawFrame): Promise<void> {
    let frame: unknown
    try {
      let valid: UpFrame
      try {
        frame = readFrame(raw)
        valid = validFrame(frame)
      } catch (error) {
        noteBadFrame()
        throw error
      }
      await run(valid)
    } catch (error) {
      down.send(problemFrame(error, frame, onError))
    }
  }

  socket.on('close', stop)

  // Subscribe first, then read where the log stands: nothing falls between (S11).
  connections.add(connection)
  if (socket.readyState !== socket.OPEN) return stop()
  const { epoch, head } = await core.head(account_id)
  down.send({
    type: 'welcome',
    ...refOf(hello),
    data: { account_id, device_id, epoch, head, heartbeat_ms: heartbeat },
  })
  if (hello.data.cursor !== undefined) pump.resume(hello.data.cursor)
  intake.open(receive)
}

/** `reply`, around data that is JSON text already. */
const replyFrame = (ref: string | undefined, data: string): string =>
  `{"type":"reply",${ref === undefined ? '' : `"ref":${JSON.stringify(ref)},`}"data":${data}}`

/** The answer to a frame that was refused, with the frame's own ref as far as it can be read. */
export function problemFrame(
  error: unknown,
  frame: unknown,
  onError: ConnectionDeps['onError'],
): { type: 'problem'; ref?: string; data: ReturnType<typeof toProblem> } {
  const ref = refOf(frame)
  if (error instanceof Refusal) return { type: 'problem', ...ref, data: toProblem(error) }
  const requestId = randomUUID()
  onError(error, requestId)
  return { type: 'problem', ...ref, data: toProblem(new Refusal('internal'), requestId) }
}
