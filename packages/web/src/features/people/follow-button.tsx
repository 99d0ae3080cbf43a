import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import type { PersonActions } from './use-person.ts'

interface FollowButtonProps {
  person: PersonActions
  size?: 'small' | 'regular'
}

/** Follows; once one does, the same button takes it back. */
export function FollowButton({ person, size = 'small' }: FollowButtonProps) {
  const { profile, busy, follow, unfollow } = person
  const { following, followed_by } = profile.relation
  const name = profile.display_name
  return following ? (
    <Button
      size={size}
      busy={busy}
      onClick={unfollow}
      aria-label={t('people.unfollow_name', { name })}
    >
      {t('people.following_now')}
    </Button>
  ) : (
    <Button
      look="primary"
      size={size}
      busy={busy}
      onClick={follow}
      aria-label={t('people.follow_name', { name })}
    >
      {t(followed_by ? 'people.follow_back' : 'people.follow')}
    </Button>
  )
}
