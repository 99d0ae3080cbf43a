import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import { useMemo, type RefObject } from 'react'
import { useTakeback } from '../../live.ts'
import type { MenuAnchor } from '../../ui/menu.tsx'
import type { ComposerHandle } from '../composer/composer.tsx'
import type { Overlay } from './message-overlays.tsx'

export interface RowActions {
  menu: (message: Message, own: boolean, anchor: MenuAnchor) => void
  waiting: (entry: OutboxEntry, anchor: MenuAnchor) => void
  edits: (message: Message) => void
  retry: (entry: OutboxEntry) => void
  toComposer: (entry: OutboxEntry) => void
}

/** What rows call; the same for as long as the list lives, so that they need not render again. */
export function useRowActions(
  setOverlay: (overlay: Overlay) => void,
  composer: RefObject<ComposerHandle | null>,
): RowActions {
  const takeback = useTakeback()
  return useMemo(() => {
    const refused = (error: unknown) => composer.current?.refuse(error)
    return {
      menu: (message, own, anchor) => setOverlay({ kind: 'menu', message, own, anchor }),
      waiting: (entry, anchor) => setOverlay({ kind: 'waiting', entry, anchor }),
      edits: (message) => setOverlay({ kind: 'edits', message }),
      retry: (entry) => void takeback.retry(entry.client_id).catch(refused),
      toComposer: (entry) =>
        void takeback.cancel(entry.client_id).then((text) => {
          if (text !== null) composer.current?.put(text)
        }, refused),
    }
  }, [takeback, setOverlay, composer])
}
