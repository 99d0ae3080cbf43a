import { Type, type Static } from 'typebox'
import { EventPage, Epoch } from '../events.ts'
import { Me } from './accounts.ts'
import { Conversation } from './conversations.ts'
import { endpoint } from './endpoint.ts'
import { closed, PageLimit, Seq } from './shapes.ts'

/** Everything a device starts from, taken at `seq` in one read transaction (S7). */
export type Snapshot = Static<typeof Snapshot>
export const Snapshot = closed({
  type: Type.Literal('snapshot'),
  epoch: Epoch,
  seq: Seq,
  me: Me,
  conversations: Type.Array(Conversation),
})

/** The cursor is of another epoch, older than the log, or ahead of it: wipe and load a snapshot (S6, S7). */
export type Reset = Static<typeof Reset>
export const Reset = closed({ type: Type.Literal('reset'), epoch: Epoch, head: Seq })

export const SyncAnswer = Type.Union([Snapshot, EventPage, Reset])

export const readSync = endpoint({
  name: 'sync.read',
  summary:
    'With a cursor `EPOCH.SEQ`, the next page of your event log, or `reset`; without, a snapshot.',
  auth: 'session',
  input: closed({
    cursor: Type.Optional(Type.String({ pattern: '^[0-9a-z]{26}\\.\\d{1,15}$' })),
    limit: Type.Optional(PageLimit),
  }),
  output: SyncAnswer,
  success: 200,
  budget: 'read',
  refusals: [],
})

export const acknowledge = endpoint({
  name: 'sync.acknowledge',
  summary: 'This device has durably applied its log up to `seq` (S10).',
  auth: 'session',
  input: closed({ epoch: Epoch, seq: Seq }),
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: ['cache_expired'],
})
