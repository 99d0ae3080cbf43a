import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useEffect, useState } from 'react'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ProfileIcon } from '../../ui/icons.ts'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import styles from './profile.module.css'
import { ProfileCard } from './profile-card.tsx'

/** The page of a person. */
export function ProfilePane({ username }: { username: string }) {
  const { profile, problem, reload } = useProfile(username)
  usePageTitle(profile?.display_name ?? t('profile.title'))
  return (
    <Pane heading={<h1>{t('profile.title')}</h1>} backTo="/people" backOnPhoneOnly={false}>
      {profile !== null ? (
        <ProfileCard given={profile} />
      ) : problem?.code === 'not_found' ? (
        <EmptyState icon={ProfileIcon} title={t('profile.missing')} />
      ) : problem !== null ? (
        <div className={styles['note']}>
          <RefusalCard refusal={problem} actions={{ retry: reload }} />
        </div>
      ) : (
        <SkeletonRows count={1} />
      )}
    </Pane>
  )
}

export function useProfile(username: string): {
  profile: Profile | null
  problem: Problem | null
  reload: () => void
} {
  const { client } = useTakeback()
  const [profile, setProfile] = useState<Profile | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [round, setRound] = useState(0)

  useEffect(() => {
    const controller = new AbortController()
    client
      .call('accounts.get', { username }, { signal: controller.signal })
      .then(setProfile)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) setProblem(problemOf(error))
      })
    return () => controller.abort()
  }, [client, username, round])

  function reload() {
    setProblem(null)
    setRound((before) => before + 1)
  }
  return { profile, problem, reload }
}
