import { t } from '../../texts/t.ts'
import { ConfirmDialog } from '../../ui/dialog.tsx'

interface DeleteThreadDialogProps {
  name: string
  onConfirm: () => Promise<void>
  onClose: () => void
  returnFocus: () => HTMLElement | null
}

export function DeleteThreadDialog({ name, ...rest }: DeleteThreadDialogProps) {
  return (
    <ConfirmDialog
      title={t('delete_thread.title')}
      sentences={[t('delete_thread.gone'), t('delete_thread.stays', { name })]}
      confirm={t('delete_thread.confirm')}
      {...rest}
    />
  )
}
