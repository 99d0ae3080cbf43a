import { createContext, lazy, Suspense, useContext, useSyncExternalStore } from 'react'
import { Route, Switch } from 'wouter'
import { LiveContext } from './live.ts'
import type { Session } from './session.ts'
import { Announcer } from './ui/announcer.tsx'
import { Boundary } from './ui/boundary.tsx'
import { Shell } from './shell.tsx'

const Welcome = lazy(() =>
  import('./features/welcome/welcome.tsx').then((m) => ({ default: m.Welcome })),
)
const HelpPage = lazy(() =>
  import('./features/help/help-page.tsx').then((m) => ({ default: m.HelpPage })),
)

const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('Outside of the app.')
  return session
}

export function App({ session }: { session: Session }) {
  return (
    <SessionContext value={session}>
      <Boundary>
        <Suspense>
          <Entrance session={session} />
        </Suspense>
      </Boundary>
      <Announcer />
    </SessionContext>
  )
}

function Entrance({ session }: { session: Session }) {
  const state = useSyncExternalStore(session.subscribe, session.state)
  if (state.phase === 'starting') return null
  if (state.phase === 'signed_in')
    return (
      <LiveContext value={state.live}>
        <Shell />
      </LiveContext>
    )
  return (
    <Switch>
      <Route path="/help/:code">{({ code }) => <HelpPage code={code} />}</Route>
      <Route>
        <Welcome reason={state.reason} />
      </Route>
    </Switch>
  )
}
