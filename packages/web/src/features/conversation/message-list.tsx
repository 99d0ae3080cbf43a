import type { AccountSummary, Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { RefusalCode } from '@takeback/protocol/refusals.ts'
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import { useTakeback, type History } from '../../live.ts'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import type { ComposerHandle } from '../composer/composer.tsx'
import { createItemList } from './item-list.ts'
import { unreadStart } from './items.ts'
import { KeepInPlace } from './keep-in-place.tsx'
import { ListHead } from './list-head.tsx'
import type { Overlay } from './message-overlays.tsx'
import styles from './message-list.module.css'
import { Row } from './row.tsx'
import { ScrollChip } from './scroll-chip.tsx'
import { StickyDay } from './sticky-day.tsx'
import { useAnnouncements } from './use-announcements.ts'
import { useFolding } from './use-folding.ts'
import { useMarkRead } from './use-mark-read.ts'
import { useRowActions } from './use-row-actions.ts'
import { useScroll } from './use-scroll.ts'
import { useWalk } from './use-walk.ts'
import { WaveCard } from './wave-card.tsx'

const loadOverlays = () => import('./message-overlays.tsx')
const MessageOverlays = lazy(() => loadOverlays().then((m) => ({ default: m.MessageOverlays })))

interface MessageListProps {
  conversation: Conversation
  others: readonly AccountSummary[]
  history: History
  me: Me
  /** Why a message would be refused now, as the composer explains. */
  refusal: RefusalCode | null
  /** The next message would be a request, of which there is one: too few for a wave. */
  asRequest: boolean
  composer: RefObject<ComposerHandle | null>
}

/** The messages of a conversation, newest at the bottom; only what is near the screen is in the page. */
export function MessageList(props: MessageListProps) {
  const { conversation, others, history, me, refusal, asRequest, composer } = props
  const takeback = useTakeback()
  const { messages, outbox, hasOlder } = history
  const { shown, folding } = useFolding(messages)
  const typing = history.typing.length > 0
  // Fixed from the first messages on, so that the line does not run away while one reads.
  const [unreadAfter, setUnreadAfter] = useState<number | null | undefined>(undefined)
  if (unreadAfter === undefined && messages.length > 0)
    setUnreadAfter(unreadStart(conversation, messages, me.id))
  const [buildItems] = useState(createItemList)
  const { items, days } = useMemo(
    () =>
      buildItems({
        messages: shown,
        outbox,
        me: me.id,
        hasOlder,
        typing,
        folding,
        unreadAfter: unreadAfter ?? null,
      }),
    [buildItems, shown, outbox, me.id, hasOlder, typing, folding, unreadAfter],
  )

  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const scroll = useScroll({ id: conversation.id, items, days, outbox, hasOlder, scroller, list })
  useMarkRead(conversation, messages.at(-1)?.seq ?? 0, scroll.atBottom)
  useAnnouncements(messages, others, folding)

  const hovers = useMediaQuery('(hover: hover)')
  const [overlay, setOverlay] = useState<Overlay | null>(null)
  const actions = useRowActions(setOverlay, composer)
  const walk = useWalk({ items, scroller, list, onOverlay: setOverlay })

  const keepMounted = useMemo(
    () => [...walk.keepMounted, ...scroll.beside],
    [walk.keepMounted, scroll.beside],
  )

  useEffect(() => {
    // At hand before it is needed: the line may be gone by then.
    void loadOverlays().catch(() => undefined)
  }, [])

  const empty = shown.length === 0 && outbox.length === 0
  return (
    <div
      className={styles['frame']}
      role="presentation"
      onKeyDown={walk.onKeyDown}
      onFocus={walk.onFocus}
    >
      <StickyDay ref={scroll.stickyDay} />
      <div ref={scroller} className={styles['scroller']} tabIndex={-1}>
        {!empty && <div className={styles['spacer']} />}
        {empty && !hasOlder ? (
          <WaveCard
            conversationId={conversation.id}
            name={others[0]?.display_name ?? ''}
            canWave={refusal === null && !asRequest && conversation.folder !== 'requests'}
          />
        ) : (
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            as={ListHead}
            item="li"
            data={items}
            // Rows are measured well before they come into sight: what is read then stays in place.
            bufferSize={1_000}
            shift={scroll.shift}
            keepMounted={keepMounted}
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
                withButton={hovers}
                explainedBelow={item.kind === 'outbox' ? refusal : null}
                actions={actions}
              />
            )}
          </Virtualizer>
        )}
      </div>
      <KeepInPlace items={items} scroller={scroller} list={list} wanted={scroll.wanted} />
      <ScrollChip
        atBottom={scroll.atBottom}
        messages={messages}
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
            onToComposer={actions.toComposer}
            onRefused={(error) => composer.current?.refuse(error)}
            returnFocus={() => walk.elementOf(overlay) ?? scroller.current}
          />
        </Suspense>
      )}
    </div>
  )
}
