import { useState } from 'react'
import { clockTime, fullTime } from '../../format/time.ts'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { MoreIcon } from '../../ui/icons.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import styles from './bubble.module.css'
import { isEmojiOnly } from './emoji-only.ts'
import type { MessageItem } from './items.ts'
import type { RowProps } from './row.tsx'
import { useLongPress } from './use-long-press.ts'

/** A message: bubble, avatar at its group's end, time, status, and the ways to its menu. */
export function MessageRow({
  item,
  others,
  active,
  status,
  withButton,
  actions,
}: RowProps & { item: MessageItem }) {
  const { message, own, first, last, folding } = item
  const [tapped, setTapped] = useState(false)
  const sender = others.find(({ id }) => id === message.sender_id)
  const reader = others[0]
  const text = message.text ?? ''
  const large = isEmojiOnly(text)
  const time = clockTime(message.sent_at)
  const name = own ? t('conversation.me') : (sender?.display_name ?? '')
  const press = useLongPress((point) => actions.menu(message, own, point))

  function onClick() {
    if (getSelection()?.isCollapsed !== false) setTapped((before) => !before)
  }

  const label = status
    ? t('conversation.message_label_own', {
        name,
        time,
        text,
        status: t(`conversation.status.${status}`),
      })
    : t('conversation.message_label', { name, time, text })

  return (
    <div
      className={styles['fold']}
      data-row
      data-folding={folding || undefined}
      data-first={first || undefined}
    >
      <div className={styles['row']} data-own={own || undefined}>
        {!own && (
          <span className={styles['who']}>
            {last && sender && <Avatar id={sender.id} name={sender.display_name} size={28} />}
          </span>
        )}
        <div
          className={styles['message']}
          role="article"
          aria-label={label}
          tabIndex={active ? 0 : -1}
          data-key={item.key}
          data-seq={message.seq}
          {...press}
        >
          <div
            className={large ? styles['large'] : styles['bubble']}
            role="presentation"
            data-bubble
            data-first={first || undefined}
            data-last={last || undefined}
            dir="auto"
            onClick={onClick}
          >
            {text}
          </div>
        </div>
        <time
          className={styles['aside-time']}
          dateTime={new Date(message.sent_at).toISOString()}
          title={fullTime(message.sent_at)}
          data-shown={tapped || undefined}
          aria-hidden="true"
        >
          {!last && time}
        </time>
        {withButton && (
          <button
            type="button"
            className={styles['more']}
            tabIndex={-1}
            aria-label={t('conversation.options_for_message')}
            onClick={(event) => actions.menu(message, own, event.currentTarget)}
          >
            <MoreIcon size={18} aria-hidden="true" />
          </button>
        )}
      </div>
      {(last || message.edited_at !== null) && (
        <div className={styles['meta']} data-own={own || undefined}>
          {message.edited_at !== null && (
            <button
              type="button"
              className={styles['edited']}
              tabIndex={active ? 0 : -1}
              aria-label={t('conversation.edited_label')}
              onClick={() => actions.edits(message)}
            >
              {t('conversation.edited')}
            </button>
          )}
          {last && <span title={fullTime(message.sent_at)}>{time}</span>}
          {status && <StatusMark status={status} reader={reader} />}
        </div>
      )}
    </div>
  )
}
