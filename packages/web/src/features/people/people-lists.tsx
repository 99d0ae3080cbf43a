import { useId, useState, type KeyboardEvent } from 'react'
import { useMe, useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { usePagedList } from '../../ui/use-paged-list.ts'
import styles from './people.module.css'
import { PersonRow } from './person-row.tsx'

const lists = ['friends', 'following', 'followers'] as const
type List = (typeof lists)[number]

export function PeopleLists() {
  const [list, setList] = useState<List>('friends')
  const id = useId()

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const next = lists[(lists.indexOf(list) + step + lists.length) % lists.length]
    if (step === 0 || next === undefined) return
    setList(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-list="${next}"]`)?.focus()
  }

  return (
    <>
      <div
        className={styles['tabs']}
        role="tablist"
        aria-label={t('people.lists')}
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        {lists.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            data-list={each}
            aria-selected={each === list}
            aria-controls={`${id}-panel`}
            tabIndex={each === list ? 0 : -1}
            onClick={() => setList(each)}
          >
            {t(`people.${each}`)}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${list}`}>
        <PeopleList key={list} list={list} />
      </div>
    </>
  )
}

function PeopleList({ list }: { list: List }) {
  const { client } = useTakeback()
  const me = useMe()
  const { items, hasMore, problem, more, reload } = usePagedList(
    (cursor, signal) =>
      client.call(`graph.${list}`, { limit: 50, ...(cursor && { cursor }) }, { signal }),
    list,
  )
  if (problem)
    return (
      <div className={styles['note']}>
        <RefusalCard refusal={problem} actions={{ retry: reload }} />
      </div>
    )
  if (items === null) return <SkeletonRows count={4} />
  if (items.length === 0)
    return (
      <p className={styles['note']}>{t(`people.no_${list}`, { username: me?.username ?? '' })}</p>
    )
  return (
    <>
      <ul className={styles['list']}>
        {items.map((profile) => (
          <PersonRow key={profile.id} given={profile} />
        ))}
      </ul>
      {hasMore && (
        <div className={styles['note']}>
          <Button size="wide" onClick={more}>
            {t('app.more')}
          </Button>
        </div>
      )}
    </>
  )
}
