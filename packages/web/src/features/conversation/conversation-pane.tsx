import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react'
import { othersOf, titleOf } from '../../format/names.ts'
import { useConversation, useHistory, useLoading, useMe } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { InboxIcon } from '../../ui/icons.ts'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { Composer, type ComposerHandle } from '../composer/composer.tsx'
import { useVerdict } from '../composer/use-verdict.ts'
import { ConversationMenu } from './conversation-menu.tsx'
import { ConversationHeading } from './conversation-heading.tsx'
import styles from './conversation.module.css'
import { MessageList } from './message-list.tsx'
import { RequestPanel } from './request-panel.tsx'

const Details = lazy(() => import('../profile/details.tsx').then((m) => ({ default: m.Details })))

/** One conversation: who it is with, its messages, and the field to write in. */
export function ConversationPane({ id: given }: { id: string }) {
  const id = given as ConversationId
  const me = useMe()
  const loading = useLoading()
  const held = useConversation(id)
  const history = useHistory(id)
  const verdict = useVerdict(id, held ?? null)
  const conversation = held ?? verdict.conversation
  const composer = useRef<ComposerHandle>(null)
  const withDetails = useMediaQuery('(min-width: 1280px)')
  // By value: with every message the conversation is another, and its members the same.
  const members = JSON.stringify(conversation === null ? [] : othersOf(conversation, me?.id))
  const others = useMemo(() => JSON.parse(members) as readonly AccountSummary[], [members])
  const name = conversation === null ? '' : titleOf(conversation, me?.id)
  usePageTitle(name || t('conversation.messages'))

  useEffect(
    () => () => {
      // Left for the list, with nothing else to take the focus: its row has it.
      requestAnimationFrame(() => {
        if (!['/', '/requests'].includes(location.pathname)) return
        if (document.activeElement !== document.body) return
        document.querySelector<HTMLElement>(`a[href="/c/${CSS.escape(id)}"]`)?.focus()
      })
    },
    [id],
  )

  if (conversation === null || me === null) {
    const gone = !loading && verdict.problem?.code === 'not_found'
    return (
      <Pane heading={<h1>{t('conversation.messages')}</h1>} backTo="/">
        {gone ? (
          <EmptyState
            icon={InboxIcon}
            title={t('conversation.gone')}
            text={t('conversation.gone_text')}
          />
        ) : (
          <SkeletonRows />
        )}
      </Pane>
    )
  }

  const other = others[0]
  const asksMe = conversation.folder === 'requests'
  return (
    <div className={styles['panes']}>
      <Pane
        heading={<ConversationHeading others={others} typing={history.typing.length > 0} />}
        actions={
          other && (
            <ConversationMenu conversationId={id} other={other} onChanged={verdict.recheck} />
          )
        }
        backTo={asksMe ? '/requests' : '/'}
        ownScroll
      >
        <MessageList
          conversation={conversation}
          others={others}
          history={history}
          me={me}
          refusal={verdict.sendRefusal?.code ?? null}
          asRequest={verdict.asRequest}
          composer={composer}
        />
        {asksMe && other ? (
          <RequestPanel conversationId={id} other={other} />
        ) : (
          <Composer
            ref={composer}
            conversationId={id}
            other={other}
            verdict={verdict}
            history={history}
            me={me.id}
          />
        )}
      </Pane>
      {withDetails && other && (
        <aside className={styles['details']} aria-label={t('profile.details')}>
          <Suspense>
            <Details key={other.username} username={other.username} />
          </Suspense>
        </aside>
      )}
    </div>
  )
}
