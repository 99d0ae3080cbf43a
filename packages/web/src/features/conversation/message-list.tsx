import type { Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import { lazy, Suspense, useCallback, useMemo, useRef, useState, type RefObject } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import { othersOf } from '../../format/names.ts'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import type { ComposerHandle } from '../composer/composer.tsx'
import { buildItems } from './items.ts'
import { ListHead } from './list-head.tsx'
import type { Overlay } from './message-overlays.tsx'
import styles from './message-list.module.css'
import { Row, type RowActions } from './row.tsx'
import { ScrollChip } from './scroll-chip.tsx'
import { StickyDay } from './sticky-day.tsx'
import { useAnnouncements } from './use-announcements.ts'
import { useFolding } from './use-folding.ts'
import { useMarkRead } from './use-mark-read.ts'
import { useScroll } from './use-scroll.ts'
import { useWalk } from './use-walk.ts'
import { WaveCard } from './wave-card.tsx'

const MessageOverlays = lazy(() =>
  import('./message-overlays.tsx').then((m) => ({ default: m.MessageOverlays })),
)

interface MessageListProps {
  conversation: Conversation
  history: {
    messages: readonly Message[]
    outbox: readonly OutboxEntry[]
    typing: readonly string[]
    hasOlder: boolean
  }
  me: Me
  canWave: boolean
  composer: RefObject<ComposerHandle | null>
}

/** The messages of a conversation, newest at the bottom; only what is near the screen is in the page. */
export function MessageList({ conversation, history, me, canWave, composer }: MessageListProps) {
  const takeback = useTakeback()
  const { outbox, hasOlder } = history
  const { shown, folding } = useFolding(history.messages)
  const others = useMemo(() => othersOf(conversation, me.id), [conversation, me.id])
  // Fixed for as long as the conversation is open, so that the line does not run away.
  const [unreadAfter] = useState(conversation.unread_count > 0 ? conversation.read_seq : null)
  const typing = history.typing.length > 0
  const items = useMemo(
    () =>
      buildItems({ messages: shown, outbox, me: me.id, hasOlder, typing, folding, unreadAfter }),
    [shown, outbox, me.id, hasOlder, typing, folding, unreadAfter],
  )

  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const scroll = useScroll({ id: conversation.id, items, hasOlder, list })
  const lastSeq = history.messages.at(-1)?.seq ?? 0
  useMarkRead(conversation, lastSeq, scroll.atBottom)
  useAnnouncements(history.messages, others, folding)

  const [overlay, setOverlay] = useState<Overlay | null>(null)
  const walk = useWalk({ items, scroller, list, openMenu, askUnsend })
  const { elementOf } = walk

  function openMenu(message: Message, own: boolean, anchor?: { x: number; y: number }) {
    const element = elementOf(message.client_id ?? message.id)
    const bubble = element?.querySelector('[data-bubble]') ?? element
    if (bubble) setOverlay({ kind: 'menu', message, own, anchor: anchor ?? bubble })
  }
  function askUnsend(message: Message) {
    setOverlay({ kind: 'unsend', message })
  }

  const actions = useRowActions({ openMenu, setOverlay, composer })
  const lastOverlay = useRef<Overlay | null>(null)
  if (overlay !== null) lastOverlay.current = overlay
  const returnFocus = useCallback(() => {
    const message = lastOverlay.current?.message
    return (message && elementOf(message.client_id ?? message.id)) ?? scroller.current
  }, [elementOf])

  const empty = shown.length === 0 && outbox.length === 0
  return (
    <div className={styles['frame']}>
      <StickyDay ref={scroll.stickyDay} />
      <div
        ref={scroller}
        className={styles['scroller']}
        onKeyDown={walk.onKeyDown}
        onFocus={walk.onFocus}
        tabIndex={-1}
      >
        <div className={styles['spacer']} />
        {empty && !hasOlder ? (
          <WaveCard
            conversationId={conversation.id}
            name={others[0]?.display_name ?? ''}
            canWave={canWave}
          />
        ) : (
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            as={ListHead}
            item="li"
            data={items}
            shift={scroll.shift}
            keepMounted={walk.keepMounted}
            onScroll={scroll.onScroll}
            onResize={scroll.onResize}
          >
            {(item) => (
              <Row
                key={item.key}
                item={item}
                others={others}
                active={item.key === walk.active}
                status={
                  item.kind === 'message' && item.withStatus
                    ? takeback.statusOf(item.message)
                    : null
                }
                actions={actions}
              />
            )}
          </Virtualizer>
        )}
      </div>
      <ScrollChip
        atBottom={scroll.atBottom}
        messages={history.messages}
        me={me.id}
        onJump={scroll.toBottom}
      />
      {overlay && (
        <Suspense>
          <MessageOverlays
            overlay={overlay}
            onChange={(next) =>
              // A menu closes after its item has opened a dialog: the dialog stays.
              setOverlay((now) => (next === null && now !== overlay ? now : next))
            }
            onEdit={(message) => composer.current?.edit(message)}
            onRefused={(error) => composer.current?.refuse(error)}
            returnFocus={returnFocus}
          />
        </Suspense>
      )}
    </div>
  )
}

/** Callbacks that stay the same for as long as the list lives, so that rows need not render again. */
function useRowActions(given: {
  openMenu: (message: Message, own: boolean, anchor?: { x: number; y: number }) => void
  setOverlay: (overlay: Overlay) => void
  composer: RefObject<ComposerHandle | null>
}): RowActions {
  const takeback = useTakeback()
  const latest = useRef(given)
  latest.current = given
  return useMemo(
    () => ({
      menu: (message, own, anchor) => latest.current.openMenu(message, own, anchor),
      edits: (message) => latest.current.setOverlay({ kind: 'edits', message }),
      retry: (entry) => void takeback.retry(entry.client_id),
      async toComposer(entry) {
        const text = await takeback.cancel(entry.client_id)
        if (text !== null) latest.current.composer.current?.put(text)
      },
    }),
    [takeback],
  )
}
