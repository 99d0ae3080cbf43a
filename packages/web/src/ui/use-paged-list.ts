import type { Problem } from '@takeback/protocol/refusals.ts'
import { useEffect, useEffectEvent, useState } from 'react'
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
  const [list, setList] = useState<{ items: readonly T[]; cursor: string | null } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [round, setRound] = useState(0)

  const fetchFirst = useEffectEvent((signal: AbortSignal) => {
    load(undefined, signal).then(
      ({ items, next_cursor }) => {
        if (signal.aborted) return
        setList({ items, cursor: next_cursor })
        setProblem(null)
      },
      (error: unknown) => {
        if (!signal.aborted) setProblem(problemOf(error))
      },
    )
  })
  useEffect(() => {
    const controller = new AbortController()
    fetchFirst(controller.signal)
    return () => controller.abort()
  }, [key, round])

  async function more() {
    if (list === null || list.cursor === null) return
    try {
      const { items, next_cursor } = await load(list.cursor, new AbortController().signal)
      // Unless the list was loaded anew meanwhile.
      setList((now) =>
        now === list ? { items: [...now.items, ...items], cursor: next_cursor } : now,
      )
    } catch (error) {
      setProblem(problemOf(error))
    }
  }

  return {
    items: list?.items ?? null,
    hasMore: list !== null && list.cursor !== null,
    problem,
    more: () => void more(),
    reload: () => {
      setProblem(null)
      setRound((before) => before + 1)
    },
  }
}
