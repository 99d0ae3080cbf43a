/** Dates and numbers follow the reader's locale, not the language of the texts. */
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' })
const shortWeekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dayMonthYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

const calendarDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeZone: 'UTC' })

const HOUR = 3_600_000

/** Start of the local day that holds this time, Unix ms. */
export function startOfDay(time: number): number {
  const date = new Date(time)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** Start of the local day after; days around a change of clocks are 23 or 25 hours long. */
export function startOfNextDay(time: number): number {
  return startOfDay(startOfDay(time) + 36 * HOUR)
}

/** How many local days before `now` a time lies: 0 today, 1 yesterday. */
export function daysAgo(time: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(time)) / (24 * HOUR))
}

export const clockTime = (time: number) => clock.format(time)
export const fullTime = (time: number) => full.format(time)
export const fullDate = (time: number) => dayMonthYear.format(time)
/** A day of the calendar that is the same everywhere, as a birthday: the start of it in UTC. */
export const calendarDate = (time: number) => calendarDay.format(time)

interface DayWords {
  today: string
  yesterday: string
}

/** The name of a day: today, yesterday, a weekday within the week, then a date. */
export function dayName(time: number, now: number, words: DayWords): string {
  const days = daysAgo(time, now)
  if (days === 0) return words.today
  if (days === 1) return words.yesterday
  if (days > 1 && days < 7) return weekday.format(time)
  return sameYear(time, now) ? dayMonth.format(time) : dayMonthYear.format(time)
}

/** The short time of a row in the inbox: a clock time today, else the day. */
export function shortTime(time: number, now: number, words: DayWords): string {
  const days = daysAgo(time, now)
  if (days <= 0) return clock.format(time)
  if (days === 1) return words.yesterday
  if (days < 7) return shortWeekday.format(time)
  return sameYear(time, now) ? dayMonth.format(time) : dayMonthYear.format(time)
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear()
}
