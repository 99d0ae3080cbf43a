import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import { connectOptions } from './nats-url.ts'

/** Bytes that may be on their way, past which what is published is dropped: a server that hangs. */
const MAX_UNCONFIRMED = 4 * 1024 * 1024
/** Bytes after which the server is asked whether it has them. */
const CONFIRM_EVERY = 64 * 1024
/** How often it is asked in any case, ms; a server that has not answered by the next time is given up. */
const PROBE_EVERY = 5000
/** Between attempts to connect, ms: doubled from the first to the second, with jitter. */
const RETRY_FROM = 250
const RETRY_TO = 2000
/** How long closing may take, ms. */
const CLOSE_WITHIN = 1000

export interface LineOptions {
  url: string
  /** A connection stands, and all that is wanted has been subscribed on it. */
  onUp: () => void
  /** Told once when the line goes, or cannot be had at first; not for every attempt. */
  onError: (error: Error) => void
  /** How often the server is asked whether it is there, ms. */
  probeEvery?: number
}

/** A line to NATS that is never waited for. */
export interface Line {
  isUp(): boolean
  /** Best effort: dropped while the line is down or its server takes nothing in. Never throws. */
  publish(subject: string, frame: string): void
  /** Hears a subject from now on, on every connection to come. Of one subject, once. */
  want(subject: string, hear: (bytes: Uint8Array) => void): void
  unwant(subject: string): void
  /** Hands over what was published, for at most a second; leaves nothing behind that runs. */
  close(): Promise<void>
}

/**
 * Connects for ever, each time afresh. nats.js' own reconnecting ends for good when a password is
 * refused twice, sends what was published during an attempt once that succeeds, and never leaves a
 * server that hangs with its buffer full: it waits for that to be written first.
 */
export function keepLine({ url, onUp, onError, probeEvery = PROBE_EVERY }: LineOptions): Line {
  const wanted = new Map<string, (bytes: Uint8Array) => void>()
  const subscriptions = new Map<string, Subscription>()
  let current: NatsConnection | null = null
  let closed = false
  let told = false
  let stopWaiting = () => {}
  /** Bytes written · up to which the server was asked · up to which it answered. */
  let [sent, asked, confirmed] = [0, 0, 0]

  function tell(error: unknown): void {
    if (told || closed) return
    told = true
    onError(error instanceof Error ? error : new Error(String(error)))
  }

  function subscribe(connection: NatsConnection, subject: string): void {
    const subscription = connection.subscribe(subject, {
      callback(error, message) {
        try {
          // Such as a permission that is missing on the server.
          if (error !== null) throw error
          wanted.get(subject)?.(message.data)
        } catch (caught) {
          onError(caught as Error)
        }
      },
    })
    subscriptions.set(subject, subscription)
  }

  function ask(connection: NatsConnection): void {
    asked = sent
    const upTo = sent
    connection.flush().then(
      () => {
        if (connection === current) confirmed = upTo
      },
      // It was closed meanwhile, which `serve` learns by itself.
      () => {},
    )
  }

  /** Until this connection ends, by whatever it ends. */
  async function serve(connection: NatsConnection): Promise<void> {
    current = connection
    ;[sent, asked, confirmed] = [0, 0, 0]
    subscriptions.clear()
    for (const subject of wanted.keys()) subscribe(connection, subject)
    told = false
    onUp()
    let probed = 0
    const probing = setInterval(() => {
      if (probed > confirmed) {
        tell(new Error('The NATS server does not answer.'))
        void connection.close()
        return
      }
      // The probe counts as a byte, so that an idle line has something to be confirmed.
      sent++
      if (asked === confirmed) ask(connection)
      probed = asked
    }, probeEvery).unref()
    const error = await connection.closed()
    clearInterval(probing)
    current = null
    tell(error ?? new Error('The line to NATS was lost.'))
  }

  async function run(): Promise<void> {
    let pause = RETRY_FROM
    while (!closed) {
      try {
        const connection = await connect(connectOptions(url))
        if (closed) return await connection.close()
        pause = RETRY_FROM
        await serve(connection)
      } catch (error) {
        tell(error)
      }
      if (closed) return
      await new Promise<void>((resolve) => {
        stopWaiting = resolve
        setTimeout(resolve, pause * (0.5 + Math.random() / 2)).unref()
      })
      pause = Math.min(RETRY_TO, 2 * pause)
    }
  }
  void run()

  return {
    isUp: () => current !== null,
    publish(subject, frame) {
      if (current === null) return
      if (sent - asked > CONFIRM_EVERY && asked === confirmed) ask(current)
      if (sent - confirmed > MAX_UNCONFIRMED) return
      sent += subject.length + frame.length
      try {
        current.publish(subject, frame)
      } catch (error) {
        onError(error as Error)
      }
    },
    want(subject, hear) {
      wanted.set(subject, hear)
      if (current !== null && !current.isClosed()) subscribe(current, subject)
    },
    unwant(subject) {
      wanted.delete(subject)
      subscriptions.get(subject)?.unsubscribe()
      subscriptions.delete(subject)
    },
    async close() {
      closed = true
      stopWaiting()
      const connection = current
      current = null
      if (connection === null) return
      const delivered = connection.flush().catch(() => {})
      await Promise.race([delivered, connection.closed(), within(CLOSE_WITHIN)])
      // Destroys the socket without asking the other side.
      await connection.close()
    },
  }
}

const within = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
