import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { announce } from '../../ui/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { focusHeading } from '../../ui/navigation.ts'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import styles from './request-panel.module.css'

const BlockDialog = lazy(() =>
  import('../profile/block-dialog.tsx').then((m) => ({ default: m.BlockDialog })),
)

interface RequestPanelProps {
  conversationId: ConversationId
  other: AccountSummary
}

/** Somebody I don't know wrote: in place of the field to write in, whether to talk at all. */
export function RequestPanel({ conversationId, other }: RequestPanelProps) {
  const takeback = useTakeback()
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState<'accept' | 'decline' | null>(null)
  const [blocking, setBlocking] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const blockRef = useRef<HTMLButtonElement>(null)
  const name = other.display_name

  useEffect(() => () => focusHeading(), [])

  function leave() {
    const left = takeback.conversations('requests').some(({ id }) => id !== conversationId)
    navigate(left ? '/requests' : '/', { replace: true })
  }

  async function answer(given: 'accept' | 'decline') {
    if (busy !== null) return
    setBusy(given)
    setProblem(null)
    try {
      await takeback.client.call(`conversations.${given}`, { conversation_id: conversationId })
      // The conversation itself comes through the log, and the field to write in with it.
      if (given === 'accept') announce(t('requests.accepted'))
      else leave()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(null)
    }
  }

  async function block() {
    // Declines as well.
    await takeback.client.call('graph.block', { account_id: other.id })
    leave()
  }

  return (
    <section className={styles['panel']} aria-labelledby="asks">
      <h2 id="asks" className={styles['asks']}>
        {t('requests.asks', { name })}
      </h2>
      <p className={styles['unseen']}>{t('requests.unseen')}</p>
      {problem && <RefusalCard refusal={problem} />}
      <div className={styles['buttons']}>
        <Button look="primary" busy={busy === 'accept'} onClick={() => void answer('accept')}>
          {t('requests.accept')}
        </Button>
        <Button busy={busy === 'decline'} onClick={() => void answer('decline')}>
          {t('requests.decline')}
        </Button>
        <Button
          ref={blockRef}
          look="quiet"
          className={styles['block']}
          onClick={() => setBlocking(true)}
        >
          {t('requests.block')}
        </Button>
      </div>
      {blocking && (
        <Suspense>
          <BlockDialog
            name={name}
            block={block}
            onClose={() => setBlocking(false)}
            returnFocus={() => blockRef.current}
          />
        </Suspense>
      )}
    </section>
  )
}
