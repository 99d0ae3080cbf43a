import type { ConversationId } from '@takeback/protocol/ids.ts'
import {
  useCallback,
  useEffect,
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
  list: RefObject<VirtualizerHandle | null>
}

const isContent = (item: Item) =>
  item.kind === 'message' || item.kind === 'outbox' || item.kind === 'unsent'

/**
 * Keeps the newest message in sight while one is at the bottom, keeps what is read in place while
 * one is not, and loads older pages before their place is reached.
 */
export function useScroll({ id, items, hasOlder, list }: Scroll) {
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

  const toBottom = useCallback(() => {
    stuck.current = true
    setAtBottom(true)
    const handle = list.current
    if (handle !== null) handle.scrollToIndex(latest.current.items.length - 1, { align: 'end' })
  }, [list])

  const latest = useRef({ items, hasOlder })
  latest.current = { items, hasOlder }

  const loadIfNear = useCallback(() => {
    const handle = list.current
    if (loading.current || !latest.current.hasOlder) return
    if (handle !== null && handle.scrollOffset > NEAR_START) return
    loading.current = true
    void takeback
      .loadOlder(id)
      .catch(() => undefined)
      .finally(() => {
        loading.current = false
      })
  }, [takeback, id, list])

  const onScroll = useCallback(
    (offset: number) => {
      const handle = list.current
      if (handle === null) return
      const rest = handle.scrollSize - handle.viewportSize - offset
      if (rest <= NEAR_END) stuck.current = true
      else if (offset < lastOffset.current - 1) stuck.current = false
      lastOffset.current = offset
      setAtBottom(stuck.current)
      stickyDay.current?.place(handle, days)
      loadIfNear()
    },
    [list, days, loadIfNear],
  )

  const onResize = useCallback(() => {
    if (stuck.current) toBottom()
  }, [toBottom])

  // Only rows added at the start keep the distance to the end.
  const firstKey = items.find(isContent)?.key
  const lastKey = items.findLast(isContent)?.key
  const before = useRef({ firstKey, lastKey, length: items.length })
  const shift =
    before.current.firstKey !== firstKey &&
    before.current.lastKey === lastKey &&
    items.length > before.current.length

  const waiting = items.findLast(({ kind }) => kind === 'outbox')?.key
  const waitingBefore = useRef(waiting)
  useLayoutEffect(() => {
    before.current = { firstKey, lastKey, length: items.length }
    // What I just sent is to be seen, wherever I was.
    if (waiting !== undefined && waiting !== waitingBefore.current) stuck.current = true
    waitingBefore.current = waiting
    if (stuck.current) toBottom()
  }, [items, firstKey, lastKey, waiting, toBottom])

  // The first page stands where the unread messages begin, if there are any.
  const opened = useRef(false)
  useLayoutEffect(() => {
    if (opened.current || firstKey === undefined) return
    opened.current = true
    const unread = items.findIndex(({ kind }) => kind === 'unread')
    if (unread > 0 && items.length - unread > 12) {
      stuck.current = false
      setAtBottom(false)
      list.current?.scrollToIndex(unread, { align: 'start', offset: -48 })
    }
  }, [items, firstKey, list])

  useEffect(loadIfNear, [items, loadIfNear])

  return { atBottom, shift, toBottom, onScroll, onResize, stickyDay }
}
