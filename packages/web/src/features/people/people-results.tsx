import { useEffect, useState } from 'react'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { usePagedList } from '../../ui/use-paged-list.ts'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import styles from './people.module.css'
import { PersonRow } from './person-row.tsx'

const PAUSE_MS = 250

/** The text once it has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

export function PeopleResults({ query }: { query: string }) {
  const { client } = useTakeback()
  const q = useSettled(query).slice(0, 100)
  const { items, problem, reload } = usePagedList(
    (_cursor, signal) => client.call('accounts.search', { q, limit: 30 }, { signal }),
    q,
  )
  if (problem)
    return (
      <div className={styles['note']}>
        <RefusalCard refusal={problem} actions={{ retry: reload }} />
      </div>
    )
  if (items === null) return <SkeletonRows count={3} />
  return (
    <section aria-label={t('people.results')}>
      <div role="status">
        {items.length === 0 ? (
          <p className={styles['note']} dir="auto">
            {t('people.none', { query: q })}
          </p>
        ) : (
          <VisuallyHidden>{t('people.found', { count: items.length })}</VisuallyHidden>
        )}
      </div>
      <ul className={styles['list']}>
        {items.map((profile) => (
          <PersonRow key={profile.id} given={profile} />
        ))}
      </ul>
    </section>
  )
}
