import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { MessageId } from '@takeback/protocol/ids.ts'
import { useEffect, useMemo, useState } from 'react'
import { vanished, withFolding } from './folding.ts'

/** As long as the animation in bubble.module.css. */
const FOLD_MS = 180
/** More at once is not a message taken back but a thread that went. */
const AT_MOST = 20

const none: ReadonlyMap<MessageId, Message> = new Map()

const wantsCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Keeps a message that was just taken back in the list for as long as it folds away. */
export function useFolding(messages: readonly Message[]): {
  shown: readonly Message[]
  folding: ReadonlySet<MessageId>
} {
  const [before, setBefore] = useState(messages)
  const [folding, setFolding] = useState(none)

  if (before !== messages) {
    setBefore(messages)
    const gone = vanished(before, messages)
    if (gone.length > 0 && gone.length <= AT_MOST && !wantsCalm())
      setFolding(new Map([...folding, ...gone.map((message) => [message.id, message] as const)]))
  }

  useEffect(() => {
    if (folding.size === 0) return
    const timer = setTimeout(() => setFolding(none), FOLD_MS)
    return () => clearTimeout(timer)
  }, [folding])

  return useMemo(
    () => ({ shown: withFolding(messages, folding), folding: new Set(folding.keys()) }),
    [messages, folding],
  )
}
