import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'

/** How far the clocks of two nodes may differ, ms: a frame further off is none of ours, or of long ago. */
const CLOCK_TOLERANCE = 60_000
/** Largest frame that is looked at, bytes; NATS carries up to 1 MiB by default. */
const MAX_BYTES = 512 * 1024

const Id = Type.String({ pattern: '^[0-9A-Za-z_-]{1,64}$' })
const Count = Type.Integer({ minimum: 0 })

/** What nodes tell each other: ids, and numbers. */
const Body = Type.Object(
  {
    node: Id,
    /** Counts up with every frame of a node. */
    number: Count,
    /** Unix milliseconds. */
    at: Count,
    /** The log of the account in the subject has grown to this. */
    poke: Type.Optional(Count),
    /** Who is typing to the account in the subject, and where. */
    typing: Type.Optional(
      Type.Array(Type.Object({ conversation_id: ConversationId, by: AccountId })),
    ),
    revoked: Type.Optional(Type.Array(DeviceId)),
    /** Accounts connected to this node since the last frame, or all of them from a `first` frame on. */
    connected: Type.Optional(Type.Array(AccountId)),
    gone: Type.Optional(Type.Array(AccountId)),
    first: Type.Optional(Type.Boolean()),
    /** Asks the others for all of theirs. */
    ask: Type.Optional(Type.Boolean()),
    draws: Type.Optional(
      Type.Array(
        Type.Object({
          budget: Type.Union([
            Type.Literal('read'),
            Type.Literal('write'),
            Type.Literal('send'),
            Type.Literal('lookup'),
            Type.Literal('sign_in'),
            Type.Literal('sign_up'),
          ]),
          bucket: Id,
          count: Count,
        }),
      ),
    ),
  },
  { additionalProperties: false },
)
const validBody = Compile(Body)

export type FrameBody = Static<typeof Body>
/** What a frame says, besides who says it. */
export type FrameContent = Omit<FrameBody, 'node' | 'number' | 'at'>

const MAC_LENGTH = 22

/**
 * Writes and reads the frames of one installation. Whoever lacks its key can neither write one nor
 * move one to another subject; one that is read twice, out of order or long after is read as nothing.
 */
export function createFrames(key: string, node: string, clock: () => number) {
  let number = 0
  /** Of each node, the number of its last frame and when that came. */
  const seen = new Map<string, { number: number; at: number }>()

  // Under which subject the body goes is part of what is signed.
  const macOf = (subject: string, body: string): string =>
    createHmac('sha256', key)
      .update(subject)
      .update('\n')
      .update(body)
      .digest('base64url')
      .slice(0, MAC_LENGTH)

  function isNew({ node: from, number: its }: FrameBody, now: number): boolean {
    const last = seen.get(from)
    if (last !== undefined && its <= last.number) return false
    seen.set(from, { number: its, at: now })
    // Frames of nodes that have been silent this long would be refused as old.
    for (const [other, { at }] of seen) if (now - at > 3 * CLOCK_TOLERANCE) seen.delete(other)
    return true
  }

  return {
    write(subject: string, content: FrameContent): string {
      const body = JSON.stringify({ node, number: ++number, at: clock(), ...content })
      return macOf(subject, body) + body
    },
    /** Null for anything that is not a fresh frame of another node of this installation. */
    read(subject: string, bytes: Uint8Array): FrameBody | null {
      if (bytes.length <= MAC_LENGTH || bytes.length > MAX_BYTES) return null
      const text = Buffer.from(bytes).toString()
      const body = text.slice(MAC_LENGTH)
      const [given, right] = [
        Buffer.from(text.slice(0, MAC_LENGTH)),
        Buffer.from(macOf(subject, body)),
      ]
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null
      const frame = parse(body)
      const now = clock()
      if (frame === null || frame.node === node) return null
      if (Math.abs(now - frame.at) > CLOCK_TOLERANCE || !isNew(frame, now)) return null
      return frame
    },
  }
}

function parse(body: string): FrameBody | null {
  try {
    const value: unknown = JSON.parse(body)
    return validBody.Check(value) ? value : null
  } catch {
    return null
  }
}

/** What may be seen of a key: names that only those who have it come to, and that say nothing of it. */
export const derivedName = (key: string, text: string): string =>
  hash('sha256', `${key}\n${text}`, 'base64url').slice(0, MAC_LENGTH)
