import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { ProfileCard } from './profile-card.tsx'
import { useProfile } from './profile-pane.tsx'

/** The other person beside the conversation, where there is room. */
export function Details({ username }: { username: string }) {
  const { profile, problem, reload } = useProfile(username)
  if (profile !== null) return <ProfileCard given={profile} withoutMessage />
  if (problem !== null) return <RefusalCard refusal={problem} actions={{ retry: reload }} />
  return <SkeletonRows count={1} />
}
