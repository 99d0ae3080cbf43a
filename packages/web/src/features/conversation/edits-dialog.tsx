import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import { fullTime } from '../../format/time.ts'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { usePagedList } from '../../ui/use-paged-list.ts'
import styles from './edits-dialog.module.css'

interface EditsDialogProps {
  message: Message
  onClose: () => void
  returnFocus: () => HTMLElement | null
}

/** The earlier texts of an edited message, oldest first, then the present one. */
export function EditsDialog({ message, onClose, returnFocus }: EditsDialogProps) {
  const { client } = useTakeback()
  const { items, problem, reload } = usePagedList(
    (_cursor, signal) => client.call('messages.edits', { message_id: message.id }, { signal }),
    `${message.id}-${message.version}`,
  )
  return (
    <Dialog title={t('edits.title')} onClose={onClose} returnFocus={returnFocus}>
      {problem && <RefusalCard refusal={problem} actions={{ retry: reload }} />}
      {items !== null && !problem && (
        <ol className={styles['list']}>
          {items.map(({ text, written_at }) => (
            <li key={written_at}>
              <time dateTime={new Date(written_at).toISOString()}>{fullTime(written_at)}</time>
              <p dir="auto">{text}</p>
            </li>
          ))}
          <li>
            <span>{t('edits.now')}</span>
            <p dir="auto">{message.text}</p>
          </li>
        </ol>
      )}
    </Dialog>
  )
}
