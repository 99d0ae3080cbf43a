import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import { Link } from 'wouter'
import { useMe } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import { FollowButton } from './follow-button.tsx'
import { MessageButton } from './message-button.tsx'
import styles from './people.module.css'
import { usePerson } from './use-person.ts'

/** A person in a list: who they are, what we are to each other, follow and message. */
export function PersonRow({ given }: { given: Profile }) {
  const person = usePerson(given)
  const { profile, problem } = person
  const me = useMe()
  const label = relationLabel(profile)
  return (
    <li className={styles['row']}>
      <Link href={`/u/${profile.username}`} className={styles['person']}>
        <Avatar id={profile.id} name={profile.display_name} size={48} />
        <span className={styles['words']}>
          <span className={styles['name']}>
            <bdi>{profile.display_name}</bdi>
            <VisuallyHidden>, </VisuallyHidden>
          </span>
          <span className={styles['under']}>
            <span className={styles['username']}>@{profile.username}</span>
            {label && (
              <>
                <VisuallyHidden>, </VisuallyHidden>
                <span className={styles['label']}>{label}</span>
              </>
            )}
          </span>
        </span>
      </Link>
      {me?.id !== profile.id && (
        <span className={styles['actions']}>
          {!profile.relation.friends && <FollowButton person={person} />}
          <MessageButton profile={profile} size={profile.relation.friends ? 'small' : 'sign'} />
        </span>
      )}
      {problem && (
        <div className={styles['problem']}>
          <RefusalCard refusal={problem} />
        </div>
      )}
    </li>
  )
}

function relationLabel({ relation }: Profile): string | null {
  const { friends, followed_by, blocked } = relation
  const label = blocked ? 'blocked' : friends ? 'friends' : followed_by ? 'follows_you' : null
  return label && t(`people.label_${label}`)
}
