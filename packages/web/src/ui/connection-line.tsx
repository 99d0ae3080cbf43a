import { useEffect, useState } from 'react'
import { useConnection } from '../live.ts'
import { t } from '../texts/t.ts'
import styles from './connection-line.module.css'

type Shown = 'none' | 'offline' | 'connecting' | 'back'

/** Connecting is worth a word only when it takes longer than this. */
const PATIENCE_MS = 1_500
const BACK_MS = 2_000

/** One thin line over the content, beneath the header: nothing moves when it comes or goes. */
export function ConnectionLine() {
  const { state } = useConnection()
  const [shown, setShown] = useState<Shown>('none')

  useEffect(() => {
    if (state === 'offline') {
      setShown('offline')
      return
    }
    if (state === 'online') {
      setShown((before) => (before === 'none' ? 'none' : 'back'))
      const timer = setTimeout(() => setShown('none'), BACK_MS)
      return () => clearTimeout(timer)
    }
    const timer = setTimeout(() => setShown('connecting'), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [state])

  return (
    <div className={styles['place']} role="status" data-testid="connection" data-state={state}>
      {shown !== 'none' && (
        <p className={`${styles['line']} ${styles[shown]}`}>{t(`connection.${shown}`)}</p>
      )}
    </div>
  )
}
