import { useRef, type PointerEvent } from 'react'

const HOLD_MS = 420
/** A finger that moves further is scrolling, px. */
const SLACK = 10

/** Calls back when a finger rests on an element; mice have their right button for it. */
export function useLongPress(onPress: (point: { x: number; y: number }) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const start = useRef({ x: 0, y: 0 })
  const cancel = () => clearTimeout(timer.current)

  return {
    onPointerDown(event: PointerEvent) {
      if (event.pointerType === 'mouse') return
      const point = { x: event.clientX, y: event.clientY }
      start.current = point
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        navigator.vibrate?.(10)
        onPress(point)
      }, HOLD_MS)
    },
    onPointerMove(event: PointerEvent) {
      const { x, y } = start.current
      if (Math.hypot(event.clientX - x, event.clientY - y) > SLACK) cancel()
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
  }
}
