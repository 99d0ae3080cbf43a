import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import { useEffect, useState } from 'react'
import { useConnection, useTakeback } from '../../live.ts'

const REFRESH_MS = 60_000

/** Those of GET /status: asked for at the start, after each reconnect and every minute while the page is seen. */
export function useIncidents(): readonly Incident[] {
  const { client } = useTakeback()
  const { state } = useConnection()
  const [incidents, setIncidents] = useState<readonly Incident[]>([])

  useEffect(() => {
    // There is nobody to ask; once there is, this runs again.
    if (state === 'offline') return
    const leaving = new AbortController()
    const load = () => {
      if (document.visibilityState === 'hidden') return
      // What could not be had is asked for again; meanwhile what was said last stands.
      client.call('status.get', {}, { signal: leaving.signal }).then(
        (status) => setIncidents(status.incidents),
        () => undefined,
      )
    }
    load()
    const timer = setInterval(load, REFRESH_MS)
    document.addEventListener('visibilitychange', load)
    return () => {
      leaving.abort()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', load)
    }
  }, [client, state])

  return incidents
}
