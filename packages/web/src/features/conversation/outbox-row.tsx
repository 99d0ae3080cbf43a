import type { RefusalCode } from '@takeback/protocol/refusals.ts'
import { Link } from 'wouter'
import { clockTime } from '../../format/time.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { MoreIcon, RetryIcon, ReturnIcon } from '../../ui/icons.ts'
import { textOf } from '../../ui/refusal-card.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import styles from './bubble.module.css'
import { isEmojiOnly } from './emoji-only.ts'
import type { OutboxItem } from './items.ts'
import { useLongPress } from './use-long-press.ts'
import type { RowActions } from './use-row-actions.ts'

interface OutboxRowProps {
  item: OutboxItem
  active: boolean
  /** The code that the composer explains: it need not be said twice. */
  explainedBelow: RefusalCode | null
  actions: RowActions
}

/** A message of mine that has not gone out: waiting, on its way, or refused with the reason. */
export function OutboxRow({ item, active, explainedBelow, actions }: OutboxRowProps) {
  const { entry, first, last } = item
  const { text, status, reason } = entry
  const time = clockTime(entry.created_at)
  const label = t('conversation.message_label_own', {
    name: t('conversation.me'),
    time,
    text,
    status: t(`conversation.status.${status}`),
  })
  const failed = status === 'failed'
  const press = useLongPress((point) => actions.waiting(entry, point))

  return (
    <div className={styles['fold']} data-row data-first={first || undefined} data-status={status}>
      <div className={styles['row']} data-own>
        <div
          className={styles['message']}
          role="article"
          aria-label={label}
          tabIndex={active ? 0 : -1}
          data-key={item.key}
          {...press}
        >
          <div
            className={isEmojiOnly(text) ? styles['large'] : styles['bubble']}
            data-bubble
            data-first={first || undefined}
            data-last={last || undefined}
            data-failed={failed || undefined}
            dir="auto"
          >
            {text}
          </div>
        </div>
        <button
          type="button"
          className={styles['more']}
          tabIndex={-1}
          aria-label={t('conversation.options_for_message')}
          onClick={(event) => actions.waiting(entry, event.currentTarget)}
        >
          <MoreIcon size={18} aria-hidden="true" />
        </button>
      </div>
      {(last || failed) && (
        <div className={styles['meta']} data-own>
          <span>{time}</span>
          <StatusMark status={status} />
        </div>
      )}
      {failed && (
        <div
          className={styles['failure']}
          role="group"
          aria-label={t('conversation.status.failed')}
        >
          <p>
            {t('conversation.status.failed')}.
            {reason && reason.code !== explainedBelow && (
              <>
                {' '}
                {textOf(reason.code)} <Link href={`/help/${reason.code}`}>{t('app.why')}</Link>
              </>
            )}
          </p>
          <div>
            <Button size="small" onClick={() => actions.retry(entry)}>
              <RetryIcon size={16} aria-hidden="true" />
              {t('app.retry')}
            </Button>
            <Button size="small" onClick={() => actions.toComposer(entry)}>
              <ReturnIcon size={16} aria-hidden="true" />
              {t('conversation.back_to_composer')}
            </Button>
          </div>
        </div>
      )}
    </div>
  )
}
