import type { ConversationId } from '@takeback/protocol/ids.ts'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { Late } from '../../ui/late.tsx'
import styles from './message-list.module.css'

interface WaveCardProps {
  conversationId: ConversationId
  name: string
  /** Nothing is known to stand in the way of sending. */
  canWave: boolean
}

/** An empty conversation offers a wave; where none could go out, what stands below says why. */
export function WaveCard({ conversationId, name, canWave }: WaveCardProps) {
  const takeback = useTakeback()
  return (
    <div className={styles['wave']}>
      {canWave && (
        // Until then it is known whether a message could go out.
        <Late>
          <span aria-hidden="true">{t('conversation.wave')}</span>
          <p dir="auto">{t('conversation.empty_title', { name })}</p>
          <Button onClick={() => void takeback.send(conversationId, t('conversation.wave'))}>
            {t('conversation.empty_action')}
          </Button>
        </Late>
      )}
    </div>
  )
}
