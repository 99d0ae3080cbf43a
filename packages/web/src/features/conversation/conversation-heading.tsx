import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import { Link } from 'wouter'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import styles from './conversation.module.css'

interface ConversationHeadingProps {
  others: readonly AccountSummary[]
  typing: boolean
}

/** Who one is talking with; leads to their profile. */
export function ConversationHeading({ others, typing }: ConversationHeadingProps) {
  const other = others[0]
  if (other === undefined) return null
  return (
    <Link href={`/u/${other.username}`} className={styles['who']}>
      <Avatar id={other.id} name={other.display_name} size={36} />
      <span className={styles['who-words']}>
        <h1 className={styles['who-name']}>
          <bdi>{others.map(({ display_name }) => display_name).join(', ')}</bdi>
        </h1>
        <span className={typing ? styles['who-typing'] : styles['who-under']}>
          {typing ? t('inbox.typing') : `@${other.username}`}
        </span>
      </span>
    </Link>
  )
}
