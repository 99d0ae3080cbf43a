import type { TSchema } from 'typebox'
import { closeCodes } from './close-codes.ts'
import {
  type Json,
  type JsonObject,
  namedSchemas,
  ProblemSchema,
  shown,
} from './document-schemas.ts'
import { Ack, downFrames, Hello, Resume, Send, Typing } from './frames.ts'
import { MAX_FRAME_BYTES } from './limits.ts'
import { VERSION } from './version.ts'

const up: Record<string, { schema: TSchema; answers: string[]; summary: string }> = {
  hello: {
    schema: Hello,
    answers: ['welcome', 'problem'],
    summary: 'First frame, within 5 seconds. With a cursor the log follows from there.',
  },
  resume: {
    schema: Resume,
    answers: ['events', 'reset', 'problem'],
    summary: 'Send me my log from this cursor on.',
  },
  send: {
    schema: Send,
    answers: ['reply', 'problem'],
    summary: 'Send a message; the reply holds it, after it is on disk.',
  },
  ack: {
    schema: Ack,
    answers: ['problem'],
    summary: 'My log is durably applied up to here. Answered only when refused.',
  },
  typing: {
    schema: Typing,
    answers: ['problem'],
    summary: 'I am typing here. Answered only when refused.',
  },
}

const down: Record<keyof typeof downFrames | 'problem', { schema: TSchema; summary: string }> = {
  welcome: { schema: downFrames.welcome, summary: 'Signed in on this socket.' },
  reply: { schema: downFrames.reply, summary: 'The answer to the frame with the same `ref`.' },
  problem: {
    schema: ProblemSchema,
    summary: 'A refusal, of the frame with the same `ref` if there is one.',
  },
  events: { schema: downFrames.events, summary: 'A page of the log.' },
  reset: {
    schema: downFrames.reset,
    summary: 'The cursor cannot be followed: wipe, and load a snapshot.',
  },
  typing: { schema: downFrames.typing, summary: 'Somebody is typing, for six seconds.' },
  heartbeat: { schema: downFrames.heartbeat, summary: 'Still here, and how long the log is.' },
}

const channel = { $ref: '#/channels/socket' }

/**
 * AsyncAPI 3.0 document of the socket, made from the schemas that validate. It is written from the
 * service's side: it receives frames up and sends frames down.
 */
export function asyncApi(): JsonObject {
  const messages = { ...upMessages(), ...downMessages() }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Takeback socket',
      version: VERSION,
      license: { name: 'Apache-2.0' },
      description: [
        'One WebSocket per device. Frames are JSON text: `{type, ref?, data}`; an answer carries the `ref` it answers.',
        `A frame up holds at most ${MAX_FRAME_BYTES} bytes. Browsers sign in by cookie, other clients by the token in \`hello\`; a token never stands in a URL.`,
        `Close codes: ${closeCodesText()}.`,
      ].join('\n\n'),
    },
    defaultContentType: 'application/json',
    channels: {
      socket: {
        address: '/v1/socket',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      ...receiving(),
      send_live: {
        action: 'send',
        channel,
        summary: 'What comes by itself.',
        messages: ['events', 'reset', 'typing', 'heartbeat', 'problem'].map(inChannel),
      },
    },
    components: { schemas: namedSchemas(), messages },
  }
}

/** `send` is a frame up, `typing` one of either direction: those up carry it in their name. */
const upName = (type: string) => `${type}_up`
const inChannel = (name: string): JsonObject => ({ $ref: `#/channels/socket/messages/${name}` })

function receiving(): JsonObject {
  return Object.fromEntries(
    Object.entries(up).map(([type, { summary, answers }]): [string, Json] => [
      `receive_${type}`,
      {
        action: 'receive',
        channel,
        summary,
        messages: [inChannel(upName(type))],
        reply: { channel, messages: answers.map(inChannel) },
      },
    ]),
  )
}

function upMessages(): JsonObject {
  return Object.fromEntries(
    Object.entries(up).map(([type, { schema, summary }]): [string, Json] => [
      upName(type),
      { name: type, summary, payload: shown(schema, 'up') },
    ]),
  )
}

function downMessages(): JsonObject {
  return Object.fromEntries(
    Object.entries(down).map(([type, { schema, summary }]): [string, Json] => [
      type,
      { name: type, summary, payload: downFrame(type, shown(schema, 'down')) },
    ]),
  )
}

function downFrame(type: string, data: Json): JsonObject {
  return {
    type: 'object',
    required: ['type', 'data'],
    properties: { type: { const: type }, ref: { type: 'string' }, data },
  }
}

function closeCodesText(): string {
  return Object.entries(closeCodes)
    .map(
      ([name, { code, reconnect }]) => `${code} ${name}${reconnect ? '' : ' (do not reconnect)'}`,
    )
    .join(', ')
}
