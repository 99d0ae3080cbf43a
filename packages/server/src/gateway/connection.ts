import { randomUUID } from 'node:crypto'
import type { closeCodes, DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import type { WebSocket } from 'ws'
import type { Caller, Core } from '../core/types.ts'
import { closeWith } from './close.ts'
import type { Connection, Connections } from './connections.ts'
import type { Downstream } from './downstream.ts'
import type { Intake, RawFrame, Receiver } from './intake.ts'
import type { DrawLimits } from './limits.ts'
import { Pump } from './pump.ts'
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
  deps: ConnectionDeps,
  line: Line,
  caller: Caller,
  hello: Greeting,
): Promise<void> {
  const { account_id, device_id } = caller
  const { core, connections } = deps
  const signedIn = new SignedIn(deps, line, caller)
  line.socket.on('close', () => signedIn.stop())

  // Subscribe first, then read where the log stands: nothing falls between (S11).
  connections.add(signedIn, line.socket)
  if (line.socket.readyState !== line.socket.OPEN) return signedIn.stop()
  const { epoch, head } = await core.head(account_id)
  line.down.send({
    type: 'welcome',
    ...refOf(hello),
    data: { account_id, device_id, epoch, head, heartbeat_ms: deps.heartbeat },
  })
  if (hello.data.cursor !== undefined) signedIn.pump.resume(hello.data.cursor)
  line.intake.open(signedIn)
}

class SignedIn implements Connection, Receiver {
  readonly pump: Pump
  readonly #deps: ConnectionDeps
  readonly #line: Line
  readonly #caller: Caller
  #badFrames = 0

  constructor(deps: ConnectionDeps, line: Line, caller: Caller) {
    this.#deps = deps
    this.#line = line
    this.#caller = caller
    this.pump = new Pump(deps, line.down, caller.account_id)
  }

  get account(): AccountId {
    return this.#caller.account_id
  }

  get device(): DeviceId {
    return this.#caller.device_id
  }

  poke(seq: number): void {
    this.pump.poke(seq)
  }

  sendIfRoom(frame: DownFrame): void {
    this.#line.down.sendIfRoom(frame)
  }

  revoke(): void {
    this.#close('session_revoked')
  }

  restart(): void {
    this.#close('restarting')
  }

  stop(): void {
    this.pump.stop()
    this.#deps.connections.remove(this)
  }

  async receive(raw: RawFrame): Promise<void> {
    let frame: unknown
    try {
      let valid: UpFrame
      try {
        frame = readFrame(raw)
        valid = validFrame(frame)
      } catch (error) {
        this.#noteBadFrame()
        throw error
      }
      await this.#run(valid)
    } catch (error) {
      this.#line.down.send(problemFrame(error, frame, this.#deps.onError))
    }
  }

  async #run(frame: UpFrame): Promise<void> {
    const { limits, core } = this.#deps
    switch (frame.type) {
      case 'hello':
        this.#noteBadFrame()
        throw new Refusal('invalid_input', { detail: 'hello comes once, first.' })
      case 'resume':
        limits.draw('read', this.account)
        return this.pump.resume(frame.data)
      case 'ack':
        limits.draw('write', this.account)
        await core.call('sync.acknowledge', this.#caller, frame.data)
        return
      case 'typing':
        limits.draw('write', this.account)
        await core.call('conversations.typing', this.#caller, frame.data)
        return
      case 'send': {
        limits.draw('send', this.account)
        const message = await core.call('messages.send', this.#caller, frame.data)
        this.#line.down.sendText(replyFrame(frame.ref, message))
      }
    }
  }

  #noteBadFrame(): void {
    if (++this.#badFrames === MAX_BAD_FRAMES) this.#close('bad_frame')
  }

  #close(reason: keyof typeof closeCodes): void {
    this.stop()
    this.#line.intake.stop()
    closeWith(this.#line.socket, reason)
  }
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
