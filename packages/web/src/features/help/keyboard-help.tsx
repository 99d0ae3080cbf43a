import { t } from '../../texts/t.ts'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './help.module.css'

const shortcuts = [
  { keys: ['/'], does: 'search' },
  { keys: ['Esc'], does: 'back' },
  { keys: ['↑'], does: 'edit_last' },
  { keys: ['Enter'], does: 'send' },
  { keys: ['Shift', 'Enter'], does: 'new_line' },
  { keys: ['↑', '↓'], does: 'walk' },
  { keys: ['Shift', 'F10'], does: 'menu' },
  { keys: ['Delete'], does: 'unsend' },
  { keys: ['?'], does: 'help' },
] as const

export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('keyboard.title')} onClose={onClose}>
      <dl className={styles['keys']}>
        {shortcuts.map(({ keys, does }) => (
          <div key={does} style={{ display: 'contents' }}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(`keyboard.${does}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
