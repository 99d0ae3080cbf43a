/** Direct messages start at this age, in years. */
export const MESSAGING_AGE = 16
/** Below this age, an account starts with nobody able to message it. */
export const ADULT_AGE = 18

/**
 * The first moment, Unix ms, at which somebody is `years` old: the start of the birthday in UTC.
 * Born on 29 February, that is 1 March in other years.
 */
export function turns(birthDate: string, years: number): number {
  const [year = 0, month = 1, day = 1] = birthDate.split('-').map(Number)
  return Date.UTC(year + years, month - 1, day)
}

export const isOfAge = (birthDate: string, years: number, now: number): boolean =>
  turns(birthDate, years) <= now

/** Whether a text is a real calendar date on which somebody alive now can have been born. */
export function isBirthDate(text: string, now: number): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) return false
  return time <= now && turns(text, 130) > now
}
