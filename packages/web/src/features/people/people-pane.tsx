import { useEffect, useRef, useState } from 'react'
import { useHistoryState } from 'wouter/use-browser-location'
import { t } from '../../texts/t.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { CloseIcon, SearchIcon } from '../../ui/icons.ts'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { PeopleLists } from './people-lists.tsx'
import { PeopleResults } from './people-results.tsx'
import styles from './people.module.css'

/** Search for people; without a query, the lists of those one knows. */
export function PeoplePane({ active }: { active: boolean }) {
  const [query, setQuery] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const asked = useHistoryState<{ search?: number } | null>()?.search

  useEffect(() => {
    if (asked !== undefined) input.current?.focus()
  }, [asked])

  function clear() {
    setQuery('')
    input.current?.focus()
  }

  return (
    <Pane heading={<h1>{t('people.title')}</h1>}>
      {active && <Title />}
      <search className={styles['search']}>
        <SearchIcon size={20} aria-hidden="true" />
        <input
          ref={input}
          type="search"
          aria-label={t('people.search')}
          placeholder={t('people.search_hint')}
          value={query}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          dir="auto"
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || query === '') return
            event.preventDefault()
            clear()
          }}
        />
        {query !== '' && <IconButton icon={CloseIcon} label={t('people.clear')} onClick={clear} />}
      </search>
      {query.trim() === '' ? <PeopleLists /> : <PeopleResults query={query.trim()} />}
    </Pane>
  )
}

function Title() {
  usePageTitle(t('people.title'))
  return null
}
