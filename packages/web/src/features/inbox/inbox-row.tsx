import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { memo } from 'react'
import { Link } from 'wouter'
import { othersOf, titleOf } from '../../format/names.ts'
import { fullTime, shortTime } from '../../format/time.ts'
import { useHistory, useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { useNow } from '../../ui/use-now.ts'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import styles from './inbox.module.css'
import { previewOf, type Preview } from './preview.ts'

interface InboxRowProps {
  conversation: Conversation
  me: AccountId | undefined
  current: boolean
}

export const InboxRow = memo(function InboxRow({ conversation, me, current }: InboxRowProps) {
  const takeback = useTakeback()
  const now = useNow()
  const { outbox, typing } = useHistory(conversation.id)
  const other = othersOf(conversation, me)[0]
  const name = titleOf(conversation, me)
  const last = conversation.last_message
  const unread = conversation.unread_count
  const preview = previewOf({
    conversation,
    me,
    outbox,
    draft: current ? '' : takeback.draft(conversation.id),
    typing: typing.length > 0,
  })
  const words = { today: t('conversation.today'), yesterday: t('conversation.yesterday') }

  return (
    <li className={styles['row']}>
      <Link
        href={`/c/${conversation.id}`}
        className={styles['link']}
        aria-current={current ? 'page' : undefined}
        data-unread={unread > 0 || undefined}
      >
        <Avatar id={other?.id ?? conversation.id} name={name} />
        <span className={styles['words']}>
          <span className={styles['line']}>
            <span className={styles['name']}>
              <bdi>{name}</bdi>
            </span>
            <time
              className={styles['time']}
              dateTime={new Date(conversation.last_activity_at).toISOString()}
              title={fullTime(conversation.last_activity_at)}
            >
              {shortTime(conversation.last_activity_at, now, words)}
            </time>
          </span>
          <span className={styles['line']}>
            {preview.kind === 'own' && last !== null && (
              <StatusMark status={takeback.statusOf(last)} reader={other} />
            )}
            {preview.kind === 'waiting' && (
              <StatusMark status={outbox.at(-1)?.status ?? 'queued'} />
            )}
            {preview.kind === 'failed' && <StatusMark status="failed" />}
            <span className={`${styles['preview']} ${styles[preview.kind] ?? ''}`}>
              <bdi>{wordsOf(preview)}</bdi>
            </span>
            {unread > 0 && (
              <span className={styles['badge']}>
                <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
                <VisuallyHidden>{t('app.unread_count', { count: unread })}</VisuallyHidden>
              </span>
            )}
          </span>
        </span>
      </Link>
    </li>
  )
})

function wordsOf(preview: Preview): string {
  switch (preview.kind) {
    case 'theirs':
      return preview.text
    case 'own':
      return t('inbox.you', { text: preview.text })
    case 'draft':
      return t('inbox.draft', { text: preview.text })
    case 'waiting':
      return t('inbox.you', { text: preview.text })
    default:
      return t(`inbox.${preview.kind}`)
  }
}
