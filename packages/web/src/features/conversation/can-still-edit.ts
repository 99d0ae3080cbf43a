import type { Message } from '@takeback/protocol/endpoints/messages.ts'

const EDIT_WINDOW_MS = 15 * 60_000
const MOST_EDITS = 5

/** Whether offering an edit makes sense. The service has the last word. */
export function canStillEdit(message: Message, now: number): boolean {
  return (
    message.unsent_at === null &&
    message.text !== null &&
    message.edit_count < MOST_EDITS &&
    now - message.sent_at < EDIT_WINDOW_MS
  )
}

/** The newest own message, if it can still be edited: what ↑ in an empty field opens. */
export function lastEditable(
  messages: readonly Message[],
  me: string,
  now: number,
): Message | null {
  const last = messages.findLast(
    ({ sender_id, unsent_at }) => sender_id === me && unsent_at === null,
  )
  return last !== undefined && canStillEdit(last, now) ? last : null
}
