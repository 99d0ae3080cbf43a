import { lazy, Suspense, useId, useRef, useState } from 'react'
import { useSession } from '../../app.tsx'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { SignOutIcon } from '../../ui/icons.ts'
import styles from './settings.module.css'

const ConfirmDialog = lazy(() =>
  import('../../ui/dialog.tsx').then((m) => ({ default: m.ConfirmDialog })),
)

export function SignOut() {
  const session = useSession()
  const takeback = useTakeback()
  const id = useId()
  const [asking, setAsking] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const waiting = takeback
    .conversations()
    .reduce((sum, { id: conversation }) => sum + takeback.outbox(conversation).length, 0)

  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>{t('settings.sign_out_title')}</h2>
      <p className={styles['soft']}>{t('settings.sign_out_text')}</p>
      <Button ref={button} onClick={() => setAsking(true)}>
        <SignOutIcon size={18} aria-hidden="true" />
        {t('settings.sign_out')}
      </Button>
      {asking && (
        <Suspense>
          <ConfirmDialog
            title={t('settings.sign_out_ask')}
            sentences={[
              t('settings.sign_out_text'),
              ...(waiting > 0 ? [t('settings.sign_out_waiting', { count: waiting })] : []),
            ]}
            confirm={t('settings.sign_out')}
            keep={t('settings.stay')}
            look="primary"
            onConfirm={() => session.signOut()}
            onClose={() => setAsking(false)}
            returnFocus={() => button.current}
          />
        </Suspense>
      )}
    </section>
  )
}
