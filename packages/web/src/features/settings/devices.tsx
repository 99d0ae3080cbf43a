import type { Device } from '@takeback/protocol/endpoints/accounts.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useId, useState } from 'react'
import { shortTime } from '../../format/time.ts'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { DeviceIcon } from '../../ui/icons.ts'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { usePagedList } from '../../ui/use-paged-list.ts'
import styles from './settings.module.css'

/** Where this account is signed in. */
export function Devices() {
  const { client } = useTakeback()
  const id = useId()
  const { items, problem, reload } = usePagedList(
    (_cursor, signal) => client.call('sessions.list', {}, { signal }),
    'devices',
  )
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>{t('settings.devices_title')}</h2>
      {problem ? (
        <RefusalCard refusal={problem} actions={{ retry: reload }} />
      ) : items === null ? (
        <SkeletonRows count={1} />
      ) : (
        <ul className={styles['rows']}>
          {items.map((device) => (
            <DeviceRow key={device.id} device={device} onRevoked={reload} />
          ))}
        </ul>
      )}
    </section>
  )
}

function DeviceRow({ device, onRevoked }: { device: Device; onRevoked: () => void }) {
  const { client } = useTakeback()
  const now = useNow()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const words = { today: t('conversation.today'), yesterday: t('conversation.yesterday') }

  async function revoke() {
    setBusy(true)
    setProblem(null)
    try {
      await client.call('sessions.revoke', { device_id: device.id })
      onRevoked()
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
  }

  return (
    <li className={styles['row']}>
      <DeviceIcon size={22} aria-hidden="true" />
      <span className={styles['row-words']}>
        <span dir="auto">{device.name}</span>
        <span className={styles['hint']}>
          {device.current
            ? t('settings.this_device')
            : t('settings.last_seen', { when: shortTime(device.last_seen_at, now, words) })}
        </span>
      </span>
      {!device.current && (
        <Button
          size="small"
          busy={busy}
          onClick={revoke}
          aria-label={t('settings.sign_out_device_name', { name: device.name })}
        >
          {t('settings.sign_out_device')}
        </Button>
      )}
      {problem && <RefusalCard refusal={problem} />}
    </li>
  )
}
