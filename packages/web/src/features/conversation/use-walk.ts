import {
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
} from 'react'
import type { VirtualizerHandle } from 'virtua'
import { keyOf, type Item, type MessageItem, type OutboxItem } from './items.ts'
import type { Overlay } from './message-overlays.tsx'

interface Walk {
  items: readonly Item[]
  scroller: RefObject<HTMLDivElement | null>
  list: RefObject<VirtualizerHandle | null>
  onOverlay: (overlay: Overlay) => void
}

const canFocus = (item: Item | undefined) => item?.kind === 'message' || item?.kind === 'outbox'

/** Of the row that an element is, or stands in. */
function rowKey(element: HTMLElement): string | undefined {
  const row = element.closest('[data-row]')
  return row?.querySelector<HTMLElement>('[data-key]')?.dataset['key']
}

const opensMenu = ({ key, shiftKey }: KeyboardEvent) =>
  key === 'Enter' || key === 'ContextMenu' || (key === 'F10' && shiftKey)

/** Arrow keys walk from message to message: one of them at a time is in the tab order. */
export function useWalk({ items, scroller, list, onOverlay }: Walk) {
  const [chosen, setChosen] = useState<string | null>(null)
  const toFocus = useRef<string | null>(null)
  const chosenIndex = useMemo(
    () => (chosen === null ? -1 : items.findIndex(({ key }) => key === chosen)),
    [items, chosen],
  )
  const index = chosenIndex >= 0 ? chosenIndex : items.findLastIndex(canFocus)
  const active = items[index]?.key ?? null
  const keepMounted = useMemo(() => (index >= 0 ? [index] : []), [index])

  const find = (key: string) =>
    scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null

  // After each render: the row to focus may only now be in the page.
  useEffect(() => {
    if (toFocus.current === null) return
    find(toFocus.current)?.focus({ preventScroll: true })
    toFocus.current = null
  })

  // What had the focus went away with its message: the one now nearest takes it over.
  const focusedIndex = useRef(-1)
  const rescue = useEffectEvent(() => {
    const lost = focusedIndex.current >= 0 && document.activeElement === document.body
    if (!lost) return
    const near = items.findLastIndex((item, at) => at <= focusedIndex.current && canFocus(item))
    // Nothing scrolls for it: what is read stays where it is.
    focusRow(near >= 0 ? near : items.findIndex(canFocus))
  })
  useEffect(() => {
    rescue()
  }, [items])

  function focusRow(next: number) {
    const item = items[next]
    if (item === undefined) return
    toFocus.current = item.key
    setChosen(item.key)
  }

  function walkTo(next: number) {
    focusRow(next)
    if (items[next] !== undefined) list.current?.scrollToIndex(next, { align: 'nearest' })
  }

  function walkBy(from: number, step: 1 | -1) {
    let next = from + step
    while (next >= 0 && next < items.length && !canFocus(items[next])) next += step
    walkTo(next)
  }

  /** True when the key meant something for this message. */
  function act(event: KeyboardEvent, item: MessageItem | OutboxItem, onRow: boolean): boolean {
    const anchor = find(item.key)
    // On a button within the row, Enter presses that.
    const menu = opensMenu(event) && (onRow || event.key !== 'Enter')
    if (anchor === null) return false
    if (item.kind === 'outbox') {
      if (!menu && event.key !== 'Delete') return false
      onOverlay({ kind: 'waiting', entry: item.entry, anchor })
    } else if (menu) onOverlay({ kind: 'menu', message: item.message, own: item.own, anchor })
    else if (event.key === 'Delete' && item.own)
      onOverlay({ kind: 'unsend', message: item.message })
    else return false
    return true
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (!(event.target instanceof HTMLElement)) return
    const key = rowKey(event.target)
    const at = key === undefined ? -1 : items.findIndex((item) => item.key === key)
    const item = items[at]
    if (item === undefined) return
    const onRow = event.target.dataset['key'] !== undefined
    if (event.key === 'ArrowUp') walkBy(at, -1)
    else if (event.key === 'ArrowDown') walkBy(at, 1)
    else if (event.key === 'Home') walkTo(items.findIndex(canFocus))
    else if (event.key === 'End') walkTo(items.findLastIndex(canFocus))
    else if ((item.kind !== 'message' && item.kind !== 'outbox') || !act(event, item, onRow)) return
    event.preventDefault()
  }

  function onFocus(event: FocusEvent<HTMLElement>) {
    const key = rowKey(event.target)
    focusedIndex.current = items.findIndex((item) => item.key === key)
    if (key !== undefined) setChosen(key)
  }

  return {
    active,
    keepMounted,
    /** The row that something open is about. */
    elementOf: (overlay: Overlay) =>
      find(overlay.kind === 'waiting' ? overlay.entry.client_id : keyOf(overlay.message)),
    onKeyDown,
    onFocus,
  }
}
