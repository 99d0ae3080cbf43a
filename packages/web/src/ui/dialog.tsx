import { Dialog as Base } from '@base-ui/react/dialog'
import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { Problem } from '@takeback/protocol/refusals.ts'
import { useRef, useState, type ReactNode } from 'react'
import { useConnection } from '../live.ts'
import { problemOf } from '../session.ts'
import { t } from '../texts/t.ts'
import { Button } from './button.tsx'
import styles from './dialog.module.css'
import { IconButton } from './icon-button.tsx'
import { CloseIcon } from './icons.ts'
import { RefusalCard } from './refusal-card.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  /** Where focus goes afterwards; by default to where it was. */
  returnFocus?: () => HTMLElement | null
  children: ReactNode
}

/** A dialog to read: title, content, Close. */
export function Dialog({ title, onClose, returnFocus, children }: DialogProps) {
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles['veil']} />
        <Base.Popup className={styles['popup']} finalFocus={() => returnFocus?.() ?? true}>
          <div className={styles['top']}>
            <Base.Title className={styles['title']}>{title}</Base.Title>
            <IconButton icon={CloseIcon} label={t('app.close')} onClick={onClose} />
          </div>
          <div className={styles['body']}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

interface ConfirmDialogProps {
  title: string
  /** What happens · what does not. */
  sentences: readonly string[]
  confirm: string
  keep?: string
  look?: 'primary' | 'retract'
  onConfirm: () => Promise<void> | void
  onClose: () => void
  returnFocus?: () => HTMLElement | null
}

/** Asks before something that cannot be undone. A refusal of it is explained inside. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, sentences, confirm, keep, look = 'retract', onConfirm, onClose } = props
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const { state } = useConnection()
  const [before, setBefore] = useState(state)
  if (before !== state) {
    setBefore(state)
    // The line is back: what failed for want of it would not fail again.
    if (state === 'online' && problem?.code === 'network_unreachable') setProblem(null)
  }
  const keepRef = useRef<HTMLButtonElement>(null)

  async function go() {
    setBusy(true)
    setProblem(null)
    try {
      await onConfirm()
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles['veil']} />
        <AlertDialog.Popup
          className={styles['popup']}
          initialFocus={keepRef}
          finalFocus={() => props.returnFocus?.() ?? true}
        >
          <AlertDialog.Title className={styles['title']}>{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div className={styles['sentences']} />}>
            {sentences.map((sentence) => (
              <p key={sentence} dir="auto">
                {sentence}
              </p>
            ))}
          </AlertDialog.Description>
          {problem && (
            <RefusalCard refusal={problem} actions={{ retry: () => void go() }} busy={busy} />
          )}
          <div className={styles['buttons']}>
            <Button ref={keepRef} onClick={onClose}>
              {keep ?? t('app.cancel')}
            </Button>
            <Button look={look} busy={busy} onClick={go}>
              {confirm}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
