import { useSyncExternalStore } from 'react'
import { VisuallyHidden } from './visually-hidden.tsx'

let words = ''
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function set(next: string) {
  words = next
  for (const listener of listeners) listener()
}

/** Reads something out politely, once; the words do not stay in the page. */
export function announce(text: string): void {
  clearTimeout(timer)
  set(text)
  timer = setTimeout(() => set(''), 3_000)
}

export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => words,
  )
  return (
    <div role="log" aria-live="polite" data-testid="announcer">
      <VisuallyHidden>{text}</VisuallyHidden>
    </div>
  )
}
