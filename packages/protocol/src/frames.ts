import { Type, type Static } from 'typebox'
import { acknowledge, Reset } from './endpoints/sync.ts'
import { sendMessage } from './endpoints/messages.ts'
import { typing } from './endpoints/conversations.ts'
import { closed, Seq } from './endpoints/shapes.ts'
import { Cursor, Epoch, EventPage } from './events.ts'
import { AccountId, ConversationId, DeviceId } from './ids.ts'
import type { Problem } from './refusals.ts'

export { closeCodes } from './close-codes.ts'
export { MAX_FRAME_BYTES } from './limits.ts'

/** A client's own mark on a frame; the answer carries it back. */
export const Ref = Type.String({ minLength: 1, maxLength: 64 })

const up = <T extends string, D extends import('typebox').TSchema>(type: T, data: D) =>
  closed({ type: Type.Literal(type), ref: Type.Optional(Ref), data })

/**
 * First frame, within 5 s. `token` for clients without the cookie. With a cursor the log follows
 * from there; without, nothing follows until `resume`.
 */
export const Hello = up(
  'hello',
  closed({
    token: Type.Optional(Type.String({ maxLength: 200 })),
    cursor: Type.Optional(Cursor),
    client: Type.Optional(Type.String({ maxLength: 100 })),
  }),
)
/** Send me my log from this cursor on; also after a frame that did not connect to my cursor (S4). */
export const Resume = up('resume', Cursor)
/** As POST /conversations/{id}/messages; answered by `reply` with the message, or `problem`. */
export const Send = up('send', sendMessage.input)
/** Durably applied up to here (S10); answered only by a `problem`. */
export const Ack = up('ack', acknowledge.input)
/** Not answered, unless by a `problem`. */
export const Typing = up('typing', typing.input)

export const UpFrame = Type.Union([Hello, Resume, Send, Ack, Typing])
export type UpFrame = Static<typeof UpFrame>

export const Welcome = closed({
  account_id: AccountId,
  device_id: DeviceId,
  epoch: Epoch,
  head: Seq,
  /** A frame comes at least this often, ms; twice as long without one means the line is dead. */
  heartbeat_ms: Type.Integer(),
})
export type Welcome = Static<typeof Welcome>

export const TypingShown = closed({ conversation_id: ConversationId, account_id: AccountId })
/** The newest seq of the log: past my cursor with nothing coming means a poke was lost (B1). */
export const Heartbeat = closed({ head: Seq })

export type DownFrame =
  | { type: 'welcome'; ref?: string; data: Welcome }
  | { type: 'reply'; ref?: string; data: unknown }
  | { type: 'problem'; ref?: string; data: Problem }
  | { type: 'events'; data: EventPage }
  | { type: 'reset'; data: Static<typeof Reset> }
  | { type: 'typing'; data: Static<typeof TypingShown> }
  | { type: 'heartbeat'; data: Static<typeof Heartbeat> }

/** The schemas of frames down, for documents and tests. */
export const downFrames = {
  welcome: Welcome,
  reply: Type.Unknown(),
  events: EventPage,
  reset: Reset,
  typing: TypingShown,
  heartbeat: Heartbeat,
}
