import type { ConversationId } from '@takeback/protocol/ids.ts'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import styles from './message-list.module.css'

interface WaveCardProps {
  conversationId: ConversationId
  name: string
  canWave: boolean
}

/** An empty conversation offers a wave. */
export function WaveCard({ conversationId, name, canWave }: WaveCardProps) {
  const takeback = useTakeback()
  return (
    <div className={styles['wave']}>
      <span aria-hidden="true">{t('conversation.wave')}</span>
      <p dir="auto">{t('conversation.empty_title', { name })}</p>
      {canWave && (
        <Button onClick={() => void takeback.send(conversationId, t('conversation.wave'))}>
          {t('conversation.empty_action')}
        </Button>
      )}
    </div>
  )
}
