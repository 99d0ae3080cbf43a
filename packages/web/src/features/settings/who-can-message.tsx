import type { Settings } from '@takeback/protocol/endpoints/accounts.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useState } from 'react'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { RadioCards } from './radio-cards.tsx'

type Who = Settings['who_can_message']

export function WhoCanMessage({ settings }: { settings: Settings }) {
  const { client } = useTakeback()
  /** Shown at once; taken back when the service refuses. */
  const [chosen, setChosen] = useState<Who | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)

  async function choose(who: Who) {
    setChosen(who)
    setProblem(null)
    try {
      await client.call('settings.update', { who_can_message: who })
    } catch (error) {
      setChosen(null)
      setProblem(problemOf(error))
    }
  }

  return (
    <>
      <RadioCards
        title={t('settings.who_title')}
        value={chosen ?? settings.who_can_message}
        options={[
          {
            value: 'everyone',
            label: t('settings.who_everyone'),
            hint: t('settings.who_everyone_hint'),
          },
          {
            value: 'friends',
            label: t('settings.who_friends'),
            hint: t('settings.who_friends_hint'),
          },
          { value: 'no_one', label: t('settings.who_nobody'), hint: t('settings.who_nobody_hint') },
        ]}
        onChoose={choose}
      />
      {problem && <RefusalCard refusal={problem} />}
    </>
  )
}
