import { closeCodes } from '@takeback/protocol/close-codes.ts'
import type { Input } from '@takeback/protocol/endpoints/registry.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Cursor } from '@takeback/protocol/events.ts'
import type { DownFrame, UpFrame, Welcome } from '@takeback/protocol/frames.ts'
import { fromProblem, Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import { VERSION } from '@takeback/protocol/version.ts'
import type { Clock } from './clock.ts'
import { fullJitter, type Random } from './random.ts'
import { endsSession } from './session-client.ts'
import type { Connection } from './types.ts'

/** What a listener property takes; a method's type, so that narrower event types fit as well. */
export type Listener<Event> = { listen(event: Event): void }['listen'] | null

/** What the line needs of a WebSocket; the browser's, Node's and `ws` all have it. */
export interface SocketLike {
  send(data: string): void
  close(): void
  onopen: Listener<unknown>
  onmessage: Listener<{ data: unknown }>
  onclose: Listener<{ code: number }>
  onerror: Listener<unknown>
}

/** Until the service has welcomed us, ms. */
const WELCOME_DEADLINE = 10_000
/** Until a frame that wants an answer has it, ms; then it counts as cut off. */
const REPLY_DEADLINE = 10_000
/** A line that held this long was good: the next loss starts from the shortest delay again, ms. */
const STABLE = 10_000
/** Clients of a restarting node come back over this time, ms. */
const RESTART_SPREAD = 5_000

export type LogFrame = Extract<DownFrame, { type: 'events' | 'reset' | 'heartbeat' | 'typing' }>

export interface LineOptions {
  /** Of the socket, ws: or wss:. */
  url: string
  /** Absent: the browser's cookie says who we are. A token never stands in the URL. */
  token?: string
  /** How this client names itself. */
  name?: string
  connect(url: string): SocketLike
  clock: Clock
  random: Random
  /** Where the log is to go on; null: nowhere yet. */
  cursor(): Cursor | null
  connection(state: Connection): void
  /** `resumed`: the cursor that the log follows from without being asked; null if none was given. */
  welcome(welcome: Welcome, resumed: Cursor | null): void
  frame(frame: LogFrame): void
  signedOut(reason: Refusal): void
}

export interface Line {
  open(): void
  close(): void
  isOpen(): boolean
  /** Something speaks for a working network: tries at once instead of later, and checks a silent line. */
  nudge(): void
  /** Gives this socket up and comes back after a delay. */
  drop(): void
  /** False: there is no line; the frame is not kept. */
  post(frame: UpFrame): boolean
  /** @throws Refusal — the service's, or `network_unreachable` if no answer came (it may still have been done). */
  send(data: Input<'messages.send'>): Promise<Message>
}

interface Waiting {
  resolve(value: Message): void
  reject(reason: Refusal): void
  cancel(): void
}

/** The socket, kept up: comes back after losses, notices a dead line, pairs answers with questions. */
export function createLine(options: LineOptions): Line {
  const { clock, random } = options
  const waiting = new Map<string, Waiting>()
  let socket: SocketLike | null = null
  let wanted = false
  /** Set while the service has welcomed this socket: since when, and how long silence may last. */
  let up: { since: number; silence: number } | null = null
  let resumed: Cursor | null = null
  /** Of the line itself, not of a frame that wanted an answer. */
  let lastProblem: Refusal | null = null
  let failures = 0
  let refs = 0
  let heardAt = 0
  let cancelDeadline = () => {}
  let cancelRetry = () => {}

  function open() {
    cancelRetry()
    wanted = true
    lastProblem = null
    options.connection({ state: 'connecting' })
    heard(WELCOME_DEADLINE)
    let opened: SocketLike
    try {
      opened = options.connect(options.url)
    } catch {
      lost(1006)
      return
    }
    socket = opened
    opened.onopen = () => {
      if (socket !== opened) return
      resumed = options.cursor()
      write({
        type: 'hello',
        data: {
          client: options.name ?? `sdk/${VERSION}`,
          ...(options.token === undefined ? {} : { token: options.token }),
          ...(resumed === null ? {} : { cursor: resumed }),
        },
      })
    }
    opened.onmessage = (event) => {
      if (socket === opened) receive(event.data)
    }
    opened.onclose = (event) => {
      if (socket === opened) lost(event.code)
    }
    opened.onerror = () => {
      // The close that follows tells everything.
    }
  }

  /** Something came: the line is dead only if nothing does for this long from now on. */
  function heard(silence: number) {
    heardAt = clock.now()
    cancelDeadline()
    cancelDeadline = clock.after(silence, () => lost(1006))
  }

  function receive(data: unknown) {
    const frame = typeof data === 'string' ? parse(data) : null
    if (frame === null) return
    if (up !== null) heard(up.silence)
    switch (frame.type) {
      case 'welcome':
        up = { since: clock.now(), silence: 2 * frame.data.heartbeat_ms }
        heard(up.silence)
        options.connection({ state: 'online' })
        options.welcome(frame.data, resumed)
        return
      case 'reply':
        answer(frame.ref)?.resolve(frame.data as Message)
        return
      case 'problem': {
        const refusal = fromProblem(frame.data)
        if (frame.ref === undefined) lastProblem = refusal
        answer(frame.ref)?.reject(refusal)
        if (endsSession(refusal)) signedOut(refusal)
        // The log has no place for our cursor any more: asking again gets `reset` (S6).
        else if (refusal.code === 'cache_expired') resume()
        return
      }
      default:
        options.frame(frame)
    }
  }

  function resume() {
    const cursor = options.cursor()
    if (cursor !== null) write({ type: 'resume', data: cursor })
  }

  function answer(ref: string | undefined): Waiting | undefined {
    const question = ref === undefined ? undefined : waiting.get(ref)
    if (ref === undefined || question === undefined) return undefined
    waiting.delete(ref)
    question.cancel()
    return question
  }

  function detach(): number {
    cancelDeadline()
    const lasted = up === null ? 0 : clock.now() - up.since
    up = null
    const old = socket
    socket = null
    // Not waited for: on a dead line the closing handshake takes for ever.
    old?.close()
    const cut = [...waiting.values()]
    waiting.clear()
    for (const question of cut) {
      question.cancel()
      question.reject(new Refusal('network_unreachable'))
    }
    return lasted
  }

  function lost(code: number) {
    const lasted = detach()
    if (!wanted) return
    if (code === closeCodes.session_revoked.code || code === closeCodes.not_signed_in.code) {
      const named = code === closeCodes.not_signed_in.code ? 'not_signed_in' : 'session_revoked'
      signedOut(lastProblem !== null && endsSession(lastProblem) ? lastProblem : new Refusal(named))
      return
    }
    if (lasted >= STABLE) failures = 0
    const delay =
      code === closeCodes.restarting.code
        ? Math.round(random() * RESTART_SPREAD)
        : Math.max(fullJitter(failures++, random), (lastProblem?.extras.retry_after ?? 0) * 1000)
    options.connection({ state: 'offline', retry_at: clock.now() + delay })
    cancelRetry = clock.after(delay, open)
  }

  function signedOut(reason: Refusal) {
    close()
    options.connection({ state: 'signed_out', reason: toProblem(reason) })
    options.signedOut(reason)
  }

  function close() {
    wanted = false
    cancelRetry()
    detach()
  }

  function write(frame: UpFrame) {
    try {
      socket?.send(JSON.stringify(frame))
    } catch {
      // A socket that is closing says so by its close.
    }
  }

  return {
    open() {
      if (!wanted) open()
    },
    close,
    isOpen: () => up !== null,
    nudge() {
      if (!wanted) return
      if (socket === null) open()
      else if (up !== null && clock.now() - heardAt > up.silence) {
        // Timers slept with the device; the line did not outlive it.
        lost(1006)
        open()
      }
    },
    drop() {
      if (wanted && socket !== null) lost(1006)
    },
    post(frame) {
      if (up === null) return false
      write(frame)
      return true
    },
    send(data) {
      if (up === null) return Promise.reject(new Refusal('network_unreachable'))
      const ref = String(++refs)
      return new Promise((resolve, reject) => {
        const cancel = clock.after(REPLY_DEADLINE, () => {
          waiting.delete(ref)
          reject(new Refusal('network_unreachable'))
        })
        waiting.set(ref, { resolve, reject, cancel })
        write({ type: 'send', ref, data })
      })
    },
  }
}

function parse(data: string): DownFrame | null {
  try {
    const frame: unknown = JSON.parse(data)
    if (typeof frame !== 'object' || frame === null || !('type' in frame)) return null
    return frame as DownFrame
  } catch {
    return null
  }
}
