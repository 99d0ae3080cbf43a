import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import { lazy, Suspense, useRef, useState } from 'react'
import { useMe } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { FollowButton } from '../people/follow-button.tsx'
import { MessageButton } from '../people/message-button.tsx'
import { usePerson } from '../people/use-person.ts'
import styles from './profile.module.css'

const BlockDialog = lazy(() =>
  import('./block-dialog.tsx').then((m) => ({ default: m.BlockDialog })),
)

interface ProfileCardProps {
  given: Profile
  /** The conversation with them is open beside it. */
  withoutMessage?: boolean
}

/** Who a person is, what we are to each other, and what can be done. */
export function ProfileCard({ given, withoutMessage = false }: ProfileCardProps) {
  const person = usePerson(given)
  const { profile, problem } = person
  const [blocking, setBlocking] = useState(false)
  const blockRef = useRef<HTMLButtonElement>(null)
  const mine = useMe()?.id === profile.id

  return (
    <section
      className={styles['card']}
      aria-label={t('profile.of', { name: profile.display_name })}
    >
      <Avatar id={profile.id} name={profile.display_name} size={88} />
      <h2 className={styles['name']} dir="auto">
        <bdi>{profile.display_name}</bdi>
      </h2>
      <p className={styles['soft']}>@{profile.username}</p>
      {profile.bio !== '' && (
        <p className={styles['bio']} dir="auto">
          {profile.bio}
        </p>
      )}
      <p className={styles['relation']}>{mine ? t('profile.you') : t(relationLine(profile))}</p>
      {!mine && (
        <div className={styles['actions']}>
          {profile.relation.blocked ? (
            <Button look="primary" busy={person.busy} onClick={person.unblock}>
              {t('profile.unblock')}
            </Button>
          ) : (
            <FollowButton person={person} size="regular" />
          )}
          {!withoutMessage && (
            <MessageButton
              profile={profile}
              size="regular"
              look={profile.relation.friends ? 'primary' : 'plain'}
            />
          )}
        </div>
      )}
      {problem && <RefusalCard refusal={problem} />}
      {!mine && !profile.relation.blocked && (
        <Button
          ref={blockRef}
          look="quiet"
          className={styles['danger']}
          onClick={() => setBlocking(true)}
        >
          {t('profile.block')}
        </Button>
      )}
      {blocking && (
        <Suspense>
          <BlockDialog
            name={profile.display_name}
            block={person.block}
            onClose={() => setBlocking(false)}
            returnFocus={() => blockRef.current}
          />
        </Suspense>
      )}
    </section>
  )
}

function relationLine({ relation }: Profile) {
  if (relation.blocked) return 'profile.relation_blocked'
  if (relation.friends) return 'profile.relation_friends'
  if (relation.following) return 'profile.relation_following'
  return relation.followed_by ? 'profile.relation_followed_by' : 'profile.relation_none'
}
