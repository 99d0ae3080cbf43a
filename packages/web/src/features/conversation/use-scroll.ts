import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type RefObject,
} from 'react'
import type { VirtualizerHandle } from 'virtua'
import { useTakeback } from '../../live.ts'
import type { DayPlace } from './item-list.ts'
import type { Item } from './items.ts'
import type { StickyDayHandle } from './sticky-day.tsx'

/** This close to the end counts as being there, px. */
const NEAR_END = 48
/** The older page is asked for this long before its place is reached, px. */
const NEAR_START = 2_000
/** Rows that stay in the page above and below those in sight. */
const BESIDE = 8

interface Scroll {
  id: ConversationId
  items: readonly Item[]
  days: readonly DayPlace[]
  outbox: readonly OutboxEntry[]
  hasOlder: boolean
  scroller: RefObject<HTMLElement | null>
  list: RefObject<VirtualizerHandle | null>
}

const isContent = ({ kind }: Item) => kind === 'message' || kind === 'outbox' || kind === 'unsent'

/** What decides, between two renders, on which side rows were added. */
function endsOf(items: readonly Item[]) {
  return {
    first: items.find(isContent)?.key,
    last: items.findLast(isContent)?.key,
    length: items.length,
  }
}

/** The rows in sight. */
interface Sight {
  /** Of the first that is seen from its start on: the one before may be what is taken back. */
  key: string
  first: number
  last: number
}

function inSight(items: readonly Item[], list: VirtualizerHandle): Sight | null {
  const first = list.findItemIndex(list.scrollOffset) + 1
  const last = list.findItemIndex(list.scrollOffset + list.viewportSize)
  const item = items[first]
  return item === undefined ? null : { key: item.key, first, last }
}

const isSame = (one: Sight | null, other: Sight | null) =>
  one?.key === other?.key && one?.first === other?.first && one?.last === other?.last

/** Whether the first row in sight has as many others after it as it had before. */
function isAsFarFromEnd(sight: Sight | null, before: readonly Item[], now: readonly Item[]) {
  if (sight === null) return false
  const { key, first } = sight
  const isThere = before[first]?.key === key
  const index = isThere ? first : before.findIndex((item) => item.key === key)
  return index >= 0 && now[index + now.length - before.length]?.key === key
}

/** The list itself keeps no rows behind a scroll: turning back would show a gap. */
function besideOf(sight: Sight | null, items: readonly Item[]): number[] {
  if (sight === null || items[sight.first]?.key !== sight.key) return []
  const from = Math.max(0, sight.first - BESIDE)
  const to = Math.min(items.length, sight.last + BESIDE)
  return Array.from({ length: to - from }, (_, at) => from + at)
}

/**
 * Keeps the newest message in sight while one is at the bottom, keeps what is read in place while
 * one is not, and loads older pages before their place is reached.
 */
export function useScroll({ id, items, days, outbox, hasOlder, scroller, list }: Scroll) {
  const takeback = useTakeback()
  const [atBottom, setAtBottom] = useState(true)
  const stuck = useRef(true)
  const lastOffset = useRef(0)
  const loading = useRef(false)
  const stickyDay = useRef<StickyDayHandle>(null)
  const ends = useMemo(() => endsOf(items), [items])
  const waiting = outbox.at(-1)?.client_id

  // Rows that come or go above what is seen keep the distance to the end; others that to the start.
  const [sight, setSight] = useState<Sight | null>(null)
  const beside = useMemo(() => besideOf(sight, items), [sight, items])
  const [known, setKnown] = useState({ ends, items, shift: false, waiting })
  if (known.ends !== ends) {
    const { first, last, length } = known.ends
    const older = first !== ends.first && last === ends.last && ends.length > length
    const shift = older || (!atBottom && isAsFarFromEnd(sight, known.items, items))
    setKnown({ ends, items, shift, waiting })
    // What I just sent is to be seen, wherever I was.
    if (waiting !== undefined && waiting !== known.waiting && !atBottom) setAtBottom(true)
  }

  function toBottom() {
    stuck.current = true
    setAtBottom(true)
    list.current?.scrollToIndex(items.length - 1, { align: 'end' })
  }

  function loadIfNear() {
    const handle = list.current
    if (loading.current || !hasOlder) return
    if (handle !== null && handle.scrollOffset > NEAR_START) return
    loading.current = true
    void takeback
      .loadOlder(id)
      .catch(() => undefined)
      .finally(() => {
        loading.current = false
      })
  }

  // From the page itself: the list learns of a new height of the viewport only later. Before the
  // list hears of the scroll and puts rows in, for then the page would have to be laid out to tell.
  const rest = useRef(0)
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const look = () => {
      rest.current = element.scrollHeight - element.clientHeight - element.scrollTop
    }
    element.addEventListener('scroll', look, { capture: true, passive: true })
    return () => element.removeEventListener('scroll', look, { capture: true })
  }, [scroller])

  function onScroll(offset: number) {
    const handle = list.current
    if (handle === null) return
    if (rest.current <= NEAR_END) stuck.current = true
    else if (offset < lastOffset.current - 1) stuck.current = false
    lastOffset.current = offset
    setAtBottom(stuck.current)
    const seen = inSight(items, handle)
    setSight((now) => (isSame(now, seen) ? now : seen))
    stickyDay.current?.place(handle, days)
    loadIfNear()
  }

  function onResize() {
    if (stuck.current) toBottom()
  }

  const follow = useEffectEvent(() => {
    if (atBottom) stuck.current = true
    if (stuck.current) list.current?.scrollToIndex(items.length - 1, { align: 'end' })
  })
  useLayoutEffect(() => {
    follow()
  }, [items])

  // The list places itself by what it knew of its rows; one that turns out taller afterwards, by a
  // font, a status or a picture, moves the end.
  const hasRows = items.some(isContent)
  useEffect(() => {
    const element = scroller.current
    const content = element?.lastElementChild
    if (!element || !content) return
    const observer = new ResizeObserver(() => {
      if (stuck.current) element.scrollTop = element.scrollHeight
    })
    observer.observe(content)
    // The field and its notices grow at the cost of the viewport.
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller, hasRows])

  const load = useEffectEvent(loadIfNear)
  useEffect(() => {
    load()
  }, [items, hasOlder])

  const wanted = useCallback(() => !stuck.current, [])
  return { atBottom, shift: known.shift, beside, wanted, toBottom, onScroll, onResize, stickyDay }
}
