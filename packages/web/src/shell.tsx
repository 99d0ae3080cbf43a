import { lazy, Suspense, useEffect, useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { Inbox } from './features/inbox/inbox.tsx'
import { Requests } from './features/inbox/requests.tsx'
import { IncidentLine } from './features/status/incident-line.tsx'
import { useHasRequests } from './live.ts'
import { t } from './texts/t.ts'
import styles from './shell.module.css'
import { Boundary } from './ui/boundary.tsx'
import { BottomBar } from './ui/bottom-bar.tsx'
import { ConnectionLine } from './ui/connection-line.tsx'
import { EmptyState } from './ui/empty-state.tsx'
import { InboxIcon } from './ui/icons.ts'
import { NotFound } from './ui/not-found.tsx'
import { SkeletonRows } from './ui/skeleton.tsx'
import { useShortcuts } from './ui/shortcuts.ts'

const loadConversation = () => import('./features/conversation/conversation-pane.tsx')
const loadPeople = () => import('./features/people/people-pane.tsx')
const ConversationPane = lazy(() =>
  loadConversation().then((m) => ({ default: m.ConversationPane })),
)
const PeoplePane = lazy(() => loadPeople().then((m) => ({ default: m.PeoplePane })))
const ProfilePane = lazy(() =>
  import('./features/profile/profile-pane.tsx').then((m) => ({ default: m.ProfilePane })),
)
const SettingsPane = lazy(() =>
  import('./features/settings/settings-pane.tsx').then((m) => ({ default: m.SettingsPane })),
)
const HelpPage = lazy(() =>
  import('./features/help/help-page.tsx').then((m) => ({ default: m.HelpPage })),
)
const KeyboardHelp = lazy(() =>
  import('./features/help/keyboard-help.tsx').then((m) => ({ default: m.KeyboardHelp })),
)

type Side = 'inbox' | 'requests' | 'people'

const lists: Record<string, Side> = { '/': 'inbox', '/requests': 'requests', '/people': 'people' }
const homes: Record<Side, string> = { inbox: '/', requests: '/requests', people: '/people' }

/** What is open on the right, or fills a phone: everything but the lists. */
const isList = (location: string) => Object.hasOwn(lists, location)

/** The signed-in app: a list at the side, what was chosen beside it; on a phone one or the other. */
export function Shell() {
  const [location] = useLocation()
  const [side, setSide] = useState<Side>('inbox')
  const [help, setHelp] = useState(false)
  const answered = !useHasRequests() && side === 'requests'
  const now: Side = lists[location] ?? (answered ? 'inbox' : side)
  useShortcuts({ home: homes[now], onHelp: () => setHelp(true) })
  if (now !== side) setSide(now)
  useEffect(() => {
    // The next screens are fetched while nothing else is going on.
    // What cannot be had ahead, say for want of a network, is asked for again when it is needed.
    const ahead = () => Promise.all([loadConversation(), loadPeople()]).catch(() => undefined)
    const later = setTimeout(() => void ahead(), 1_000)
    return () => clearTimeout(later)
  }, [])

  const place = isList(location) ? 'list' : location === '/profile' ? 'own' : 'open'
  return (
    <div className={styles['shell']} data-place={place}>
      <div className={styles['side']}>
        <div
          className={styles['list']}
          role={place === 'list' ? 'main' : 'region'}
          aria-label={t(`${now}.title`)}
        >
          <Boundary key={now}>
            <Suspense fallback={<SkeletonRows />}>
              {now === 'people' && <PeoplePane active={place === 'list'} />}
              {now === 'requests' && <Requests active={place === 'list'} />}
              {now === 'inbox' && <Inbox />}
            </Suspense>
          </Boundary>
        </div>
        <BottomBar />
      </div>
      <div
        className={styles['main']}
        role={place === 'list' ? 'region' : 'main'}
        aria-label={t('app.content')}
      >
        <Boundary key={location}>
          <Suspense fallback={<SkeletonRows />}>
            <Switch>
              <Route path="/c/:id">{({ id }) => <ConversationPane key={id} id={id} />}</Route>
              <Route path="/u/:username">
                {({ username }) => <ProfilePane key={username} username={username} />}
              </Route>
              <Route path="/profile">
                <SettingsPane onKeyboardHelp={() => setHelp(true)} />
              </Route>
              <Route path="/help/:code">{({ code }) => <HelpPage code={code} />}</Route>
              <Route>
                <div className={styles['nothing']}>
                  {isList(location) ? (
                    <EmptyState
                      icon={InboxIcon}
                      title={t('inbox.choose_title')}
                      text={t('inbox.choose_text')}
                    />
                  ) : (
                    <NotFound heading="h1" />
                  )}
                </div>
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </div>
      <IncidentLine />
      <ConnectionLine />
      {help && (
        <Suspense>
          <KeyboardHelp onClose={() => setHelp(false)} />
        </Suspense>
      )}
    </div>
  )
}
