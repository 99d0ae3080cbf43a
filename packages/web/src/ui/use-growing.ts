import { useEffect, useRef, useState, type RefObject } from 'react'

/** A long list shown bit by bit: more of it whenever its end (`endRef`) comes near. */
export function useGrowing<T>(
  items: readonly T[],
  step: number,
): { shown: readonly T[]; endRef: RefObject<HTMLDivElement | null> } {
  const [count, setCount] = useState(step)
  const endRef = useRef<HTMLDivElement>(null)
  const more = count < items.length
  useEffect(() => {
    const end = endRef.current
    if (end === null || !more) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setCount((before) => before + step)
      },
      { rootMargin: '600px' },
    )
    observer.observe(end)
    return () => observer.disconnect()
  }, [more, count, step])
  return { shown: more ? items.slice(0, count) : items, endRef }
}
