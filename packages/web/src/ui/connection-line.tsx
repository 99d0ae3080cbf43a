import { useEffect, useState } from 'react'
import { useConnection } from '../live.ts'
import { t } from '../texts/t.ts'
import styles from './connection-line.module.css'

type Shown = 'none' | 'offline' | 'connecting' | 'back'

/** Connecting is worth a word only when it takes longer than this. */
const PATIENCE_MS = 1_500
const BACK_MS = 2_000

/** One thin line at the top of the headers, which make room within their height: no content moves or is covered. */
export function ConnectionLine() {
  const { state } = useConnection()
  const [shown, setShown] = useState<Shown>(state === 'offline' ? 'offline' : 'none')
  const [before, setBefore] = useState(state)

  if (state !== before) {
    setBefore(state)
    if (state === 'offline') setShown('offline')
    else if (state === 'online' && shown !== 'none') setShown('back')
  }

  useEffect(() => {
    if (state === 'offline') return
    const next = state === 'online' ? 'none' : 'connecting'
    const timer = setTimeout(() => setShown(next), state === 'online' ? BACK_MS : PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [state])

  return (
    <div
      className={styles['place']}
      role="status"
      data-testid="connection"
      data-state={state}
      data-connection-line={shown === 'none' ? undefined : shown}
    >
      {shown !== 'none' && (
        <p className={`${styles['line']} ${styles[shown]}`}>{t(`connection.${shown}`)}</p>
      )}
    </div>
  )
}
