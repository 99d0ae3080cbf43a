import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import { useEffect } from 'react'
import { useTakeback } from '../../live.ts'

/** Says that all is read while it is really before somebody's eyes: visible, focused, at the bottom. */
export function useMarkRead(conversation: Conversation, lastSeq: number, atBottom: boolean): void {
  const takeback = useTakeback()
  const { id, folder, read_seq, unread_count } = conversation
  const unread = lastSeq > 0 && (lastSeq > read_seq || unread_count > 0)
  // Who asks to talk is not told before the answer.
  const due = atBottom && unread && folder !== 'requests'
  useEffect(() => {
    if (!due) return
    function mark() {
      if (document.visibilityState === 'visible' && document.hasFocus())
        takeback.markRead(id, lastSeq)
    }
    mark()
    addEventListener('focus', mark)
    document.addEventListener('visibilitychange', mark)
    return () => {
      removeEventListener('focus', mark)
      document.removeEventListener('visibilitychange', mark)
    }
  }, [takeback, id, lastSeq, due])
}
