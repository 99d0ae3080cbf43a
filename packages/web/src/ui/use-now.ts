import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
const minute = () => Math.floor(Date.now() / 60_000) * 60_000
let timer: ReturnType<typeof setInterval> | undefined

/** The current minute; what says "today" or counts minutes follows it. */
export function useNow(): number {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    timer ??= setInterval(() => {
      for (const each of listeners) each()
    }, 10_000)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }, minute)
}
