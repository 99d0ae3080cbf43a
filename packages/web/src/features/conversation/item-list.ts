import type { AccountId } from '@takeback/protocol/ids.ts'
import { startOfDay, startOfNextDay } from '../../format/time.ts'
import {
  buildDay,
  isEntry,
  timeOf,
  type InGroup,
  type Item,
  type MessageItem,
  type Said,
  type Shown,
} from './items.ts'

export interface DayPlace {
  /** Of its separator among the items. */
  index: number
  day: number
}

export interface ItemList {
  /** The rows of a conversation, oldest first. */
  items: readonly Item[]
  days: readonly DayPlace[]
}

/** A day as it was last built, and what it was built from. */
interface Day {
  day: number
  /** Start of the next one. */
  end: number
  said: readonly Said[]
  unreadAfter: number | null
  items: Item[]
  folds: boolean
  hasUnread: boolean
  /** Among its items; -1 if none is. */
  lastOwn: number
}

/**
 * Builds the rows of one conversation, again and again as it changes. A day in which nothing changed
 * keeps its very rows, and so do most rows of any other day: one message more among a hundred
 * thousand makes no row anew but its own, and nothing else has to be drawn again.
 */
export function createItemList(): (shown: Shown) => ItemList {
  let known = new Map<number, Day>()
  let knownMe: AccountId | undefined
  let marked: { plain: Item; item: MessageItem } | null = null

  /** The day that begins with this one. */
  function dayOf(first: Said, from: number, said: readonly Said[], shown: Shown): Day {
    const day = startOfDay(timeOf(first))
    const before = known.get(day)
    if (before !== undefined && isUnchanged(before, from, said, shown)) return before
    const end = startOfNextDay(day)
    const part: Said[] = []
    for (let each: Said | undefined = first; each !== undefined; each = said[from + part.length]) {
      if (part.length > 0 && timeOf(each) >= end) break
      part.push(each)
    }
    const items = buildDay(part, day, shown)
    if (before !== undefined) keepEqual(before.items, items)
    return {
      day,
      end,
      said: part,
      unreadAfter: shown.unreadAfter,
      items,
      folds: items.some((item) => item.kind === 'message' && item.folding),
      hasUnread: items.some(({ kind }) => kind === 'unread'),
      lastOwn: items.findLastIndex((item) => item.kind === 'message' && item.own && !item.folding),
    }
  }

  /** The mark stands at the newest own message. */
  function mark(items: Item[], days: readonly DayPlace[]) {
    for (const { index, day } of days.toReversed()) {
      const lastOwn = known.get(day)?.lastOwn ?? -1
      const plain = items[index + lastOwn]
      if (lastOwn < 0 || plain?.kind !== 'message') continue
      if (marked?.plain !== plain) marked = { plain, item: { ...plain, withStatus: true } }
      items[index + lastOwn] = marked.item
      return
    }
  }

  return (shown) => {
    const { messages, outbox, me, hasOlder, typing } = shown
    if (me !== knownMe) known.clear()
    knownMe = me
    const said: readonly Said[] = outbox.length === 0 ? messages : [...messages, ...outbox]
    const days: DayPlace[] = []
    const built = new Map<number, Day>()
    let { unreadAfter } = shown
    let index = 1
    for (let from = 0, first = said[0]; first !== undefined; first = said[from]) {
      const day = dayOf(first, from, said, { ...shown, unreadAfter })
      days.push({ index, day: day.day })
      built.set(day.day, day)
      if (day.hasUnread) unreadAfter = null
      index += day.items.length
      from += day.said.length
    }
    const start: Item[] = [{ kind: 'start', key: 'start', hasOlder }]
    const items = start.concat(...Array.from(built.values(), (day) => day.items))
    known = built
    if (outbox.length === 0) mark(items, days)
    if (typing) items.push({ kind: 'typing', key: 'typing' })
    return { items, days }
  }
}

/** Compared by identity, message by message: views keep the objects of what did not change. */
function isUnchanged(day: Day, from: number, said: readonly Said[], shown: Shown): boolean {
  if (day.unreadAfter !== shown.unreadAfter || day.folds) return false
  for (let at = 0; at < day.said.length; at++) if (said[from + at] !== day.said[at]) return false
  const next = said[from + day.said.length]
  if (next !== undefined && timeOf(next) < day.end) return false
  const { folding } = shown
  return folding.size === 0 || !day.said.some((each) => !isEntry(each) && folding.has(each.id))
}

/** Puts rows of before in the place of equal ones, as far as they go from either end. */
function keepEqual(before: readonly Item[], after: Item[]): void {
  const keep = (from: number, to: number) => {
    const old = before[from]
    const made = after[to]
    if (old === undefined || made === undefined || !isEqual(old, made)) return false
    after[to] = old
    return true
  }
  let start = 0
  while (keep(start, start)) start++
  for (let end = 1; keep(before.length - end, after.length - end); end++);
}

/** Messages and entries by identity. */
function isEqual(one: Item, other: Item): boolean {
  if (one.kind === 'message')
    return (
      other.kind === 'message' &&
      one.message === other.message &&
      one.folding === other.folding &&
      sameCorners(one, other)
    )
  if (one.kind === 'outbox')
    return other.kind === 'outbox' && one.entry === other.entry && sameCorners(one, other)
  if (one.kind === 'unsent')
    return other.kind === 'unsent' && one.key === other.key && one.count === other.count
  return one.key === other.key
}

const sameCorners = (one: InGroup, other: InGroup) =>
  one.first === other.first && one.last === other.last
