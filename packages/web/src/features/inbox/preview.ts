import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'

export type Preview =
  | { kind: 'typing' }
  | { kind: 'failed' }
  | { kind: 'waiting'; text: string }
  | { kind: 'draft'; text: string }
  | { kind: 'unsent' }
  | { kind: 'own'; text: string }
  | { kind: 'theirs'; text: string }
  | { kind: 'nothing' }

interface Shown {
  conversation: Pick<Conversation, 'last_message'>
  me: AccountId | undefined
  outbox: readonly OutboxEntry[]
  draft: string
  typing: boolean
}

/** What a row of the inbox says: what needs you first, then what is newest. Never a text that was unsent. */
export function previewOf({ conversation, me, outbox, draft, typing }: Shown): Preview {
  if (outbox.some(({ status }) => status === 'failed')) return { kind: 'failed' }
  if (typing) return { kind: 'typing' }
  const waiting = outbox.at(-1)
  if (waiting !== undefined) return { kind: 'waiting', text: oneLine(waiting.text) }
  if (draft.trim() !== '') return { kind: 'draft', text: oneLine(draft) }
  const last = conversation.last_message
  if (last === null) return { kind: 'nothing' }
  if (last.unsent_at !== null || last.text === null) return { kind: 'unsent' }
  return { kind: last.sender_id === me ? 'own' : 'theirs', text: oneLine(last.text) }
}

/** The start of a text on one line: a row shows no more of it. */
function oneLine(text: string): string {
  return text.slice(0, 200).replace(/\s+/gu, ' ').trim()
}
