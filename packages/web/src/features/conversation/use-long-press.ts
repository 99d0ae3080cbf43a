import { useRef, type MouseEvent, type PointerEvent } from 'react'

const HOLD_MS = 420
/** A finger that moves further is scrolling, px. */
const SLACK = 10
/** What browsers still send after a long press was let go comes within this. */
const AFTERMATH_MS = 300

const aftermath = ['touchend', 'pointerup', 'mousedown', 'mouseup', 'click', 'contextmenu'] as const

/**
 * The finger that opened something still lies on the screen. Letting it go means nothing: it must
 * neither close what was opened nor choose from it. The next finger counts again.
 */
function ignoreRestOfPress(): void {
  const rest = new AbortController()
  const { signal } = rest
  const letGo = () => setTimeout(() => rest.abort(), AFTERMATH_MS)
  for (const type of ['pointerup', 'pointercancel'] as const)
    addEventListener(type, letGo, { capture: true, signal })
  addEventListener('pointerdown', () => rest.abort(), { capture: true, signal })
  for (const type of aftermath)
    addEventListener(
      type,
      (event) => {
        event.stopImmediatePropagation()
        if (event.cancelable) event.preventDefault()
      },
      { capture: true, passive: false, signal },
    )
}

/** Calls back when a finger rests on an element, and for the right mouse button. */
export function useLongPress(onPress: (point: { x: number; y: number }) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const finger = useRef<{ x: number; y: number } | null>(null)
  function cancel() {
    clearTimeout(timer.current)
    finger.current = null
  }

  return {
    onPointerDown(event: PointerEvent) {
      cancel()
      if (event.pointerType === 'mouse') return
      const point = { x: event.clientX, y: event.clientY }
      finger.current = point
      timer.current = setTimeout(() => {
        navigator.vibrate?.(10)
        ignoreRestOfPress()
        onPress(point)
      }, HOLD_MS)
    },
    onPointerMove(event: PointerEvent) {
      if (finger.current === null) return
      const { x, y } = finger.current
      if (Math.hypot(event.clientX - x, event.clientY - y) > SLACK) cancel()
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    onContextMenu(event: MouseEvent) {
      event.preventDefault()
      // Some phones say so before the time above is over.
      if (finger.current !== null) ignoreRestOfPress()
      cancel()
      onPress({ x: event.clientX, y: event.clientY })
    },
  }
}
