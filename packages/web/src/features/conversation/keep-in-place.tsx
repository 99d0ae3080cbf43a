import { Component, type RefObject } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { Item } from './items.ts'

/** Rows that change are measured and placed anew for about this long. */
const SETTLING_MS = 400
/** A list that scrolled this recently may still be moving by itself. */
const AT_REST_MS = 120

const byHand = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const

interface Place {
  key: string
  /** From the upper edge of the viewport, px. */
  top: number
}

interface KeepInPlaceProps {
  items: readonly Item[]
  scroller: RefObject<HTMLElement | null>
  list: RefObject<VirtualizerHandle | null>
  /** False while the list follows its end. */
  wanted: () => boolean
}

/**
 * Whatever rows come, go or change their height, the first one that is seen stays where it is. A
 * class, as only a class may look at the page just before it changes. Stands after the list.
 */
export class KeepInPlace extends Component<KeepInPlaceProps> {
  #held: readonly Place[] | undefined
  #stop: (() => void) | undefined
  #scrolledAt = 0

  readonly #onScroll = () => {
    this.#scrolledAt = performance.now()
  }

  override componentDidMount() {
    this.props.scroller.current?.addEventListener('scroll', this.#onScroll, { passive: true })
  }

  override componentWillUnmount() {
    this.props.scroller.current?.removeEventListener('scroll', this.#onScroll)
    this.#stop?.()
  }

  override getSnapshotBeforeUpdate(before: KeepInPlaceProps): readonly Place[] | null {
    const { items, scroller, wanted } = this.props
    if (before.items === items || scroller.current === null || !wanted()) return null
    // The list itself keeps the distance to the end that stayed as it was.
    if (isOlder(before.items, items) || isNewer(before.items, items)) return null
    // Changes that follow at once must not take over what the one before has not put right yet.
    return this.#held ?? seen(scroller.current)
  }

  override componentDidUpdate(_: KeepInPlaceProps, __: unknown, places: readonly Place[] | null) {
    const scroller = this.props.scroller.current
    if (places === null || scroller === null) return
    const holding = this.#held !== undefined
    this.#stop?.()
    const { wanted } = this.props
    const restore = () => {
      if (wanted() && !putBack(scroller, places)) this.#find(places)
    }
    restore()
    // What scrolls while a place is held is the holding itself.
    if (!holding && performance.now() - this.#scrolledAt < AT_REST_MS) return

    const end = performance.now() + SETTLING_MS
    let frame = requestAnimationFrame(function next() {
      restore()
      if (performance.now() < end) frame = requestAnimationFrame(next)
      else stop()
    })
    // Sizes are known only after the frame's callbacks, and before it is painted.
    const sizes = new ResizeObserver(restore)
    const content = scroller.lastElementChild
    if (content) sizes.observe(content)
    this.#held = places
    const stop = () => {
      this.#held = undefined
      cancelAnimationFrame(frame)
      sizes.disconnect()
      for (const type of byHand) removeEventListener(type, stop, { capture: true })
    }
    for (const type of byHand) addEventListener(type, stop, { capture: true, passive: true })
    this.#stop = stop
  }

  /** None of them is in the page any more: the list goes to where the first of them is now. */
  #find(places: readonly Place[]) {
    const { items, list } = this.props
    for (const { key, top } of places) {
      const index = items.findIndex((item) => item.key === key)
      if (index < 0) continue
      list.current?.scrollToIndex(index, { align: 'start', offset: -top })
      return
    }
  }

  override render() {
    return null
  }
}

/** Only rows before all that were there have come. */
function isOlder(before: readonly Item[], after: readonly Item[]): boolean {
  const row = before.findIndex(isRow)
  const first = before[row]?.key
  const now = after.findIndex(({ key }) => key === first)
  return now > row && after.length - now === before.length - row
}

/** Only rows after all that were there have come. */
function isNewer(before: readonly Item[], after: readonly Item[]): boolean {
  const row = before.findLastIndex(isRow)
  return after.length > before.length && after[row]?.key === before[row]?.key
}

const isRow = ({ kind }: Item) => kind === 'message' || kind === 'outbox' || kind === 'unsent'

function seen(scroller: HTMLElement): Place[] {
  const { top, bottom } = scroller.getBoundingClientRect()
  const places: Place[] = []
  for (const row of scroller.querySelectorAll<HTMLElement>('[data-key]')) {
    const box = row.getBoundingClientRect()
    const { key } = row.dataset
    if (key !== undefined && box.bottom > top && box.top < bottom)
      places.push({ key, top: box.top - top })
  }
  return places.sort((a, b) => a.top - b.top)
}

/** By the first of them that is still there; false when none is. */
function putBack(scroller: HTMLElement, places: readonly Place[]): boolean {
  for (const { key, top } of places) {
    const row = scroller.querySelector(`[data-key="${CSS.escape(key)}"]`)
    if (row === null) continue
    const now = row.getBoundingClientRect().top - scroller.getBoundingClientRect().top
    if (Math.abs(now - top) >= 1) scroller.scrollTop += now - top
    return true
  }
  return false
}
