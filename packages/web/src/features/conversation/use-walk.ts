import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
} from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { Item } from './items.ts'

interface Walk {
  items: readonly Item[]
  scroller: RefObject<HTMLDivElement | null>
  list: RefObject<VirtualizerHandle | null>
  openMenu: (message: Message, own: boolean) => void
  askUnsend: (message: Message) => void
}

const canFocus = (item: Item | undefined) => item?.kind === 'message' || item?.kind === 'outbox'

/** Arrow keys walk from message to message: one of them at a time is in the tab order. */
export function useWalk({ items, scroller, list, openMenu, askUnsend }: Walk) {
  const [chosen, setChosen] = useState<string | null>(null)
  const toFocus = useRef<string | null>(null)
  const chosenIndex = useMemo(
    () => (chosen === null ? -1 : items.findIndex(({ key }) => key === chosen)),
    [items, chosen],
  )
  const index = chosenIndex >= 0 ? chosenIndex : items.findLastIndex(canFocus)
  const active = items[index]?.key ?? null
  const keepMounted = useMemo(() => (index >= 0 ? [index] : []), [index])

  const elementOf = useCallback(
    (key: string) =>
      scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null,
    [scroller],
  )

  useEffect(() => {
    if (toFocus.current === null) return
    elementOf(toFocus.current)?.focus({ preventScroll: true })
    toFocus.current = null
  })

  function walkTo(next: number) {
    const item = items[next]
    if (item === undefined) return
    toFocus.current = item.key
    setChosen(item.key)
    list.current?.scrollToIndex(next, { align: 'nearest' })
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const target = event.target as HTMLElement
    const at = items.findIndex(({ key }) => key === target.dataset['key'])
    const item = items[at]
    if (item === undefined) return
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const step = event.key === 'ArrowUp' ? -1 : 1
      let next = at + step
      while (next >= 0 && next < items.length && !canFocus(items[next])) next += step
      walkTo(next)
    } else if (event.key === 'Home') walkTo(items.findIndex(canFocus))
    else if (event.key === 'End') walkTo(items.findLastIndex(canFocus))
    else if (item.kind !== 'message') return
    else if (
      event.key === 'Enter' ||
      event.key === 'ContextMenu' ||
      (event.key === 'F10' && event.shiftKey)
    )
      openMenu(item.message, item.own)
    else if (event.key === 'Delete' && item.own) askUnsend(item.message)
    else return
    event.preventDefault()
  }

  function onFocus(event: FocusEvent<HTMLElement>) {
    const key = event.target.dataset['key']
    if (key !== undefined) setChosen(key)
  }

  return { active, keepMounted, elementOf, onKeyDown, onFocus }
}
