import { Link, useLocation } from 'wouter'
import { messagesFrom } from '../../format/age.ts'
import { calendarDate } from '../../format/time.ts'
import { useConversations, useLoading, useMe } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { InboxIcon, NewMessageIcon, RequestIcon } from '../../ui/icons.ts'
import { searchPeople } from '../../ui/navigation.ts'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { ConversationList } from './conversation-list.tsx'
import styles from './inbox.module.css'

/** Conversations by latest activity. */
export function Inbox() {
  const conversations = useConversations('inbox')
  const loading = useLoading()
  return (
    <Pane
      heading={<h1>{t('inbox.title')}</h1>}
      actions={
        <IconButton icon={NewMessageIcon} label={t('inbox.new_message')} onClick={searchPeople} />
      }
    >
      <InboxTitle />
      <RequestsLink />
      {conversations.length > 0 ? (
        <ConversationList folder="inbox" label={t('inbox.list')} />
      ) : loading ? (
        <SkeletonRows />
      ) : (
        <Empty />
      )}
    </Pane>
  )
}

/** Strangers who wrote wait behind one quiet line. */
function RequestsLink() {
  const count = useConversations('requests').length
  if (count === 0) return null
  return (
    <Link href="/requests" className={`${styles['link']} ${styles['requests']}`}>
      <span className={styles['requests-mark']}>
        <RequestIcon size={22} aria-hidden="true" />
      </span>
      <span className={styles['words']}>
        <span className={styles['requests-name']}>{t('requests.title')}</span>
        <span className={styles['requests-hint']}>{t('requests.waiting', { count })}</span>
      </span>
    </Link>
  )
}

/** How to get to a first conversation; before messages are for somebody, when they will be. */
function Empty() {
  const me = useMe()
  const now = useNow()
  const from = me === null ? 0 : messagesFrom(me.birth_date)
  const young = from > now
  return (
    <EmptyState
      icon={InboxIcon}
      title={t(young ? 'inbox.young_title' : 'inbox.empty_title')}
      text={young ? t('inbox.young_text', { date: calendarDate(from) }) : t('inbox.empty_text')}
      action={
        <Button look="primary" onClick={searchPeople}>
          {t(young ? 'inbox.young_action' : 'inbox.empty_action')}
        </Button>
      }
    />
  )
}

function InboxTitle() {
  const [location] = useLocation()
  return location === '/' ? <Title /> : null
}

function Title() {
  const unread = useConversations('inbox').reduce((sum, each) => sum + each.unread_count, 0)
  usePageTitle(t('inbox.title'), unread)
  return null
}
