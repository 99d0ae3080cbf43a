import { useEffect, useState, type ReactNode } from 'react'

/** Shows nothing for 150 ms, so that what is quick does not flicker. */
export function Late({ children }: { children: ReactNode }) {
  const [due, setDue] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), 150)
    return () => clearTimeout(timer)
  }, [])
  return due ? children : null
}
