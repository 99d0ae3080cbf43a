import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { MessageId } from '@takeback/protocol/ids.ts'

const hasText = (message: Message) => message.unsent_at === null && message.text !== null

/**
 * Messages that had a text in `before` and in `after` are unsent or no longer there; both by seq.
 * Nothing vanished when nothing is left: that is another thread or a deleted one.
 */
export function vanished(before: readonly Message[], after: readonly Message[]): Message[] {
  const gone: Message[] = []
  const oldest = after[0]?.seq ?? Number.POSITIVE_INFINITY
  // From both ends on, nearly all are the very same objects.
  const more = after.length - before.length
  let start = 0
  let end = before.length
  while (start < end && before[start] === after[start]) start += 1
  while (end > start && before[end - 1] === after[end - 1 + more]) end -= 1
  let at = start
  for (const message of before.slice(start, end)) {
    if (message.seq < oldest) continue
    while ((after[at]?.seq ?? Number.POSITIVE_INFINITY) < message.seq) at += 1
    const now = after[at]
    if (now === message || !hasText(message)) continue
    if (now === undefined || now.seq !== message.seq || !hasText(now)) gone.push(message)
  }
  return gone
}

/** The list as it is to be seen while some messages fold away: these as they last were. */
export function withFolding(
  messages: readonly Message[],
  folding: ReadonlyMap<MessageId, Message>,
): readonly Message[] {
  if (folding.size === 0) return messages
  const kept = messages.map((message) => folding.get(message.id) ?? message)
  const present = new Set(messages.map(({ id }) => id))
  const missing = [...folding.values()].filter(({ id }) => !present.has(id))
  return missing.length === 0 ? kept : [...kept, ...missing].sort((a, b) => a.seq - b.seq)
}
