import type { Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useId, useState, type FormEvent } from 'react'
import { codePoints } from '../../format/text.ts'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { CheckIcon } from '../../ui/icons.ts'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import styles from './settings.module.css'

const BIO_LENGTH = 200

export function AboutYou({ me }: { me: Me }) {
  const { client } = useTakeback()
  const id = useId()
  const [name, setName] = useState(me.display_name)
  const [bio, setBio] = useState(me.bio)
  const [phase, setPhase] = useState<'idle' | 'busy' | 'saved'>('idle')
  const [tried, setTried] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  const display_name = name.trim()
  const badName = display_name === '' || codePoints(display_name) > 50
  const badBio = codePoints(bio) > BIO_LENGTH
  const changed = display_name !== me.display_name || bio !== me.bio

  async function save(event: FormEvent) {
    event.preventDefault()
    setTried(true)
    if (badName || badBio || phase === 'busy') return
    setPhase('busy')
    setProblem(null)
    try {
      await client.call('me.update', { display_name, bio })
      setPhase('saved')
    } catch (error) {
      setProblem(problemOf(error))
      setPhase('idle')
    }
  }

  return (
    <section className={styles['section']} aria-labelledby={id}>
      <div className={styles['you']}>
        <Avatar id={me.id} name={display_name || me.display_name} size={88} />
        <div className={styles['you-words']}>
          <h2 id={id}>
            <bdi>{me.display_name}</bdi>
          </h2>
          <p className={styles['soft']}>@{me.username}</p>
        </div>
      </div>
      <form className={styles['form']} onSubmit={save} noValidate>
        <Field
          label={t('settings.display_name')}
          value={name}
          dir="auto"
          error={tried && badName ? t('welcome.error.display_name') : null}
          onChange={(event) => {
            setName(event.target.value)
            setPhase('idle')
          }}
        />
        <Field
          multiline
          label={t('settings.bio')}
          hint={t('settings.bio_hint')}
          error={badBio ? t('settings.bio_hint') : null}
          value={bio}
          dir="auto"
          onChange={(event) => {
            setBio(event.target.value)
            setPhase('idle')
          }}
        />
        {problem && <RefusalCard refusal={problem} />}
        <div className={styles['save']}>
          <Button type="submit" look="primary" busy={phase === 'busy'} disabled={!changed}>
            {t('settings.save')}
          </Button>
          <span role="status" className={styles['saved']}>
            {phase === 'saved' && (
              <>
                <CheckIcon size={18} aria-hidden="true" />
                {t('settings.saved')}
              </>
            )}
          </span>
        </div>
      </form>
    </section>
  )
}
