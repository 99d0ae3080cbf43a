import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useConversations, useLoading, useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { RequestIcon } from '../../ui/icons.ts'
import { focusHeading } from '../../ui/navigation.ts'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { ConversationList } from './conversation-list.tsx'
import styles from './inbox.module.css'

const ConfirmDialog = lazy(() =>
  import('../../ui/dialog.tsx').then((m) => ({ default: m.ConfirmDialog })),
)

/** What strangers wrote, until it is accepted or declined. */
export function Requests({ active }: { active: boolean }) {
  const requests = useConversations('requests')
  const loading = useLoading()
  const [, navigate] = useLocation()
  useEffect(() => {
    // The row or button that had the focus may have gone with what was answered.
    if (active) focusHeading()
  }, [active, requests.length])

  return (
    <Pane
      heading={<h1>{t('requests.title')}</h1>}
      actions={requests.length > 0 && <DeclineAll />}
      backTo="/"
      back={navigate}
      backOnPhoneOnly={false}
    >
      {active && <Title />}
      {requests.length > 0 ? (
        <>
          <p className={styles['explained']}>{t('requests.explained')}</p>
          <ConversationList folder="requests" label={t('requests.list')} />
        </>
      ) : loading ? (
        <SkeletonRows />
      ) : (
        <EmptyState
          icon={RequestIcon}
          title={t('requests.empty_title')}
          text={t('requests.empty_text')}
        />
      )}
    </Pane>
  )
}

function DeclineAll() {
  const { client } = useTakeback()
  const [asking, setAsking] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <Button ref={button} look="quiet" onClick={() => setAsking(true)}>
        {t('requests.decline_all')}
      </Button>
      {asking && (
        <Suspense>
          <ConfirmDialog
            title={t('requests.decline_all_title')}
            sentences={[t('requests.decline_all_gone'), t('requests.decline_all_stays')]}
            confirm={t('requests.decline_all')}
            keep={t('requests.decline_all_keep')}
            onConfirm={async () => void (await client.call('conversations.decline_all', {}))}
            onClose={() => setAsking(false)}
            returnFocus={() => button.current}
          />
        </Suspense>
      )}
    </>
  )
}

function Title() {
  usePageTitle(t('requests.title'))
  return null
}
