import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import { refusals, type Problem, type Remedy } from '@takeback/protocol/refusals.ts'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { RefusalCard, type Explained } from '../../ui/refusal-card.tsx'
import styles from './composer-notices.module.css'
import type { ConversationVerdict } from './use-verdict.ts'

interface ComposerNoticesProps {
  verdict: ConversationVerdict
  /** Why a send would be refused. */
  refused: Explained | null
  /** Why the last attempt was. */
  problem: Problem | null
  other: AccountSummary | undefined
  editing: boolean
  hasFailed: boolean
  onShorten: () => void
}

/** What stands between the words and their reader, above the field, with the way out. */
export function ComposerNotices(props: ComposerNoticesProps) {
  const { verdict, refused, problem, other, editing, onShorten } = props
  const { client } = useTakeback()
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<Problem | null>(null)

  async function change(name: 'graph.follow' | 'graph.unblock') {
    if (other === undefined) return
    setBusy(true)
    setFailed(null)
    try {
      await client.call(name, { account_id: other.id })
      await verdict.recheck()
    } catch (error) {
      setFailed(problemOf(error))
    }
    setBusy(false)
  }

  const actions: Partial<Record<Remedy, () => void>> = {
    follow: () => void change('graph.follow'),
    unblock: () => void change('graph.unblock'),
    change_my_setting: () => navigate('/profile'),
    shorten: onShorten,
    retry: () => void verdict.recheck(),
  }
  const shown = failed ?? problem ?? refused
  const reply = editing || shown !== null ? null : verdict.replyRefusal
  const asRequest = verdict.asRequest && !editing && shown === null
  if (shown === null && reply === null && !asRequest) return null
  return (
    <div className={styles['notices']} data-testid="composer-refusal">
      {shown !== null && (
        <RefusalCard
          refusal={shown}
          actions={actions}
          busy={busy}
          tone={shown === refused ? 'soft' : 'plain'}
          {...(isWaitingForThem(shown) && { sentence: t('composer.friends_wait') })}
        />
      )}
      {asRequest && (
        <p className={styles['request']} role="status">
          {t('composer.as_request', { name: other?.display_name ?? '' })}
        </p>
      )}
      {reply !== null && (
        <ReplyNotice
          {...(remediesOf(reply).includes('change_my_setting') && {
            onChangeSetting: () => navigate('/profile'),
          })}
        />
      )}
    </div>
  )
}

/** Nothing stands in the way of sending: one quiet line, not a card. */
function ReplyNotice({ onChangeSetting }: { onChangeSetting?: () => void }) {
  return (
    <div className={styles['notice']}>
      <p role="status">{t('composer.they_cannot_reply')}</p>
      {onChangeSetting && (
        <button type="button" onClick={onChangeSetting}>
          {t('remedies.change_my_setting')}
        </button>
      )}
    </div>
  )
}

const remediesOf = ({ code, remedies }: Explained): readonly Remedy[] =>
  remedies ?? refusals[code].remedies

/** I follow them already; the next step is theirs. */
function isWaitingForThem({ code, remedies }: Explained): boolean {
  return code === 'not_friends' && remedies !== undefined && !remedies.includes('follow')
}
