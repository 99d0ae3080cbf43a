import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { InboxIcon } from '../../ui/icons.ts'
import { textOf } from '../../ui/refusal-card.tsx'
import styles from './people.module.css'

interface MessageButtonProps {
  profile: Profile
  size?: 'sign' | 'small' | 'regular'
  look?: 'plain' | 'primary'
}

/** Opens the conversation with a person, also where sending would be refused: it is explained there. */
export function MessageButton({ profile, size = 'small', look = 'plain' }: MessageButtonProps) {
  const takeback = useTakeback()
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  async function open() {
    setBusy(true)
    setProblem(null)
    try {
      navigate(`/c/${await takeback.open(profile.id)}`)
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
  }

  const label = t('people.message_name', { name: profile.display_name })
  return (
    <span className={styles['message']}>
      {size === 'sign' ? (
        <IconButton icon={InboxIcon} label={label} disabled={busy} onClick={open} />
      ) : (
        <Button size={size} look={look} busy={busy} onClick={open} aria-label={label}>
          {t('people.message')}
        </Button>
      )}
      {problem && (
        <span className={styles['small-problem']} role="status">
          {textOf(problem.code)}
        </span>
      )}
    </span>
  )
}
