import type { Problem } from '@takeback/protocol/refusals.ts'
import { useCallback, useEffect, useRef, useState } from 'react'
import { problemOf } from '../session.ts'

interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export interface PagedList<T> {
  /** Null until the first page is here. */
  items: readonly T[] | null
  hasMore: boolean
  problem: Problem | null
  more: () => void
  reload: () => void
}

/** A list from the service, page by page; loaded anew whenever `key` changes. */
export function usePagedList<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  key: string,
): PagedList<T> {
  const [items, setItems] = useState<readonly T[] | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [round, setRound] = useState(0)
  const current = useRef(load)
  current.current = load
  const leaving = useRef(new AbortController())

  const fetchPage = useCallback(async (from: string | undefined, signal: AbortSignal) => {
    setProblem(null)
    try {
      const page = await current.current(from, signal)
      if (signal.aborted) return
      setItems((before) => (from === undefined ? page.items : [...(before ?? []), ...page.items]))
      setCursor(page.next_cursor)
    } catch (error) {
      if (!signal.aborted) setProblem(problemOf(error))
    }
  }, [])

  useEffect(() => {
    const controller = new AbortController()
    leaving.current = controller
    void fetchPage(undefined, controller.signal)
    return () => controller.abort()
  }, [fetchPage, key, round])

  return {
    items,
    hasMore: cursor !== null,
    problem,
    more: () => {
      if (cursor !== null) void fetchPage(cursor, leaving.current.signal)
    },
    reload: () => setRound((before) => before + 1),
  }
}
