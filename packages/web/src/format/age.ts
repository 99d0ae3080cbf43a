const MESSAGING_AGE = 16

/**
 * When somebody may begin to message, Unix ms: the start of a birthday in UTC, as the service has
 * it. Only for words shown in advance; the service decides.
 */
export function messagesFrom(birthDate: string): number {
  const [year = 0, month = 1, day = 1] = birthDate.split('-').map(Number)
  return Date.UTC(year + MESSAGING_AGE, month - 1, day)
}
