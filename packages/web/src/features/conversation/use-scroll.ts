import type { ConversationId } from '@takeback/protocol/ids.ts'
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
import type { Item } from './items.ts'
import type { StickyDayHandle } from './sticky-day.tsx'

/** This close to the end counts as being there, px. */
const NEAR_END = 48
/** The older page is asked for this long before its place is reached, px. */
const NEAR_START = 800

interface Scroll {
  id: ConversationId
  items: readonly Item[]
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

/** Of those that are seen from their start on: the one before may be what is taken back. */
const firstSeen = (items: readonly Item[], list: VirtualizerHandle) =>
  items[list.findItemIndex(list.scrollOffset) + 1]?.key ?? null

const fromEnd = (items: readonly Item[], key: string | null) =>
  items.length - items.findIndex((item) => item.key === key)

/**
 * Keeps the newest message in sight while one is at the bottom, keeps what is read in place while
 * one is not, and loads older pages before their place is reached.
 */
export function useScroll({ id, items, hasOlder, scroller, list }: Scroll) {
  const takeback = useTakeback()
  const [atBottom, setAtBottom] = useState(true)
  const stuck = useRef(true)
  const lastOffset = useRef(0)
  const loading = useRef(false)
  const stickyDay = useRef<StickyDayHandle>(null)
  const days = useMemo(
    () => items.flatMap((item, index) => (item.kind === 'day' ? [{ index, day: item.day }] : [])),
    [items],
  )
  const ends = useMemo(() => endsOf(items), [items])
  const waiting = items.findLast(({ kind }) => kind === 'outbox')?.key

  // Rows that come or go above what is seen keep the distance to the end; others that to the start.
  const [topKey, setTopKey] = useState<string | null>(null)
  const [known, setKnown] = useState({ ends, items, shift: false, waiting })
  if (known.ends !== ends) {
    const { first, last, length } = known.ends
    const older = first !== ends.first && last === ends.last && ends.length > length
    const shift = older || (!atBottom && fromEnd(known.items, topKey) === fromEnd(items, topKey))
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

  function onScroll(offset: number) {
    const handle = list.current
    const element = scroller.current
    if (handle === null || element === null) return
    // From the page itself: the list learns of a new height of the viewport only after this.
    const rest = element.scrollHeight - element.clientHeight - element.scrollTop
    if (rest <= NEAR_END) stuck.current = true
    else if (offset < lastOffset.current - 1) stuck.current = false
    lastOffset.current = offset
    setAtBottom(stuck.current)
    setTopKey(firstSeen(items, handle))
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
  return { atBottom, shift: known.shift, wanted, toBottom, onScroll, onResize, stickyDay }
}
