import type { ConversationId } from '@takeback/protocol/ids.ts'
import { useCallback, useEffect, useRef } from 'react'
import { useTakeback } from '../../live.ts'

const PAUSE_MS = 400

/** Keeps what is being written, a moment after it changed and at the latest on leaving. */
export function useDraft(id: ConversationId): (text: string) => void {
  const takeback = useTakeback()
  const pending = useRef<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  const flush = useCallback(() => {
    clearTimeout(timer.current)
    if (pending.current === null) return
    const text = pending.current
    pending.current = null
    void takeback.setDraft(id, text).catch(() => undefined)
  }, [takeback, id])

  useEffect(() => {
    addEventListener('pagehide', flush)
    return () => {
      removeEventListener('pagehide', flush)
      flush()
    }
  }, [flush])

  return useCallback(
    (text) => {
      pending.current = text
      clearTimeout(timer.current)
      if (text === '') flush()
      else timer.current = setTimeout(flush, PAUSE_MS)
    },
    [flush],
  )
}
