import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useCallback, useState } from 'react'
import { useRelation, useTakeback, useVersion } from '../../live.ts'
import { problemOf } from '../../session.ts'

/** What one can do about a person, and what the last of it came to. */
export interface PersonActions {
  profile: Profile
  busy: boolean
  problem: Problem | null
  follow(): Promise<void>
  unfollow(): Promise<void>
  block(): Promise<void>
  unblock(): Promise<void>
}

/**
 * A person as last known: what an own action answered, until the log tells more; else what the log
 * told since start; else `given`.
 */
export function usePerson(given: Profile): PersonActions {
  const takeback = useTakeback()
  const told = useRelation(given.id)
  const version = useVersion(`relation:${given.id}`)
  const [answer, setAnswer] = useState<{ profile: Profile; version: number } | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const fresh = answer !== null && answer.version === version ? answer.profile : null

  const act = useCallback(
    async (name: Change, rethrow = false) => {
      setBusy(true)
      setProblem(null)
      try {
        const profile = await takeback.client.call(name, { account_id: given.id })
        setAnswer({ profile, version })
      } catch (error) {
        if (rethrow) throw error
        setProblem(problemOf(error))
      } finally {
        setBusy(false)
      }
    },
    [takeback, given.id, version],
  )

  return {
    profile: fresh ?? told ?? given,
    busy,
    problem,
    follow: () => act('graph.follow'),
    unfollow: () => act('graph.unfollow'),
    block: () => act('graph.block', true),
    unblock: () => act('graph.unblock'),
  }
}

type Change = 'graph.follow' | 'graph.unfollow' | 'graph.block' | 'graph.unblock'
