import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import { useId } from 'react'
import { Link } from 'wouter'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { usePagedList } from '../../ui/use-paged-list.ts'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import { usePerson } from '../people/use-person.ts'
import styles from './settings.module.css'

export function BlockedPeople() {
  const { client } = useTakeback()
  const id = useId()
  const { items, hasMore, problem, more, reload } = usePagedList(
    (cursor, signal) => client.call('graph.blocks', cursor ? { cursor } : {}, { signal }),
    'blocks',
  )
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>{t('settings.blocked_title')}</h2>
      {problem ? (
        <RefusalCard refusal={problem} actions={{ retry: reload }} />
      ) : items === null ? (
        <SkeletonRows count={1} />
      ) : items.length === 0 ? (
        <p className={styles['soft']}>{t('settings.blocked_none')}</p>
      ) : (
        <ul className={styles['rows']}>
          {items.map((profile) => (
            <BlockedRow key={profile.id} given={profile} />
          ))}
        </ul>
      )}
      {hasMore && <Button onClick={more}>{t('app.more')}</Button>}
    </section>
  )
}

function BlockedRow({ given }: { given: Profile }) {
  const person = usePerson(given)
  const { profile, problem } = person
  const name = profile.display_name
  return (
    <li className={styles['row']}>
      <Avatar id={profile.id} name={name} size={36} />
      <Link href={`/u/${profile.username}`} className={styles['row-words']}>
        <bdi>{name}</bdi>
        <VisuallyHidden>, </VisuallyHidden>
        <span className={styles['hint']}>@{profile.username}</span>
      </Link>
      {profile.relation.blocked && (
        <Button
          size="small"
          busy={person.busy}
          onClick={person.unblock}
          aria-label={t('settings.unblock_name', { name })}
        >
          {t('profile.unblock')}
        </Button>
      )}
      {problem && <RefusalCard refusal={problem} />}
    </li>
  )
}
