import { Refusal } from '@takeback/protocol/refusals.ts'

export interface EditRules {
  /** How long after sending a text may be edited, ms. */
  window: number
  /** How often. */
  times: number
}

/** Whether my own message may still be edited; null means yes. */
export function canEdit(
  message: { sent_at: number; edit_count: number; unsent_at: number | null },
  rules: EditRules,
  now: number,
): Refusal | null {
  if (message.unsent_at !== null) return new Refusal('message_gone')
  if (now - message.sent_at > rules.window)
    return new Refusal('edit_window_closed', { until: message.sent_at + rules.window })
  if (message.edit_count >= rules.times) return new Refusal('edit_window_closed')
  return null
}

/**
 * Whether my own message may be taken back; null means yes. Nothing between the two people counts:
 * not a block, not a setting, not an age. `window` is the operator's, null for none.
 */
export function canUnsend(
  message: { sent_at: number },
  window: number | null,
  now: number,
): Refusal | null {
  return window !== null && now - message.sent_at > window
    ? new Refusal('unsend_window_closed')
    : null
}
