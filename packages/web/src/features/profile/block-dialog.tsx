import { t } from '../../texts/t.ts'
import { ConfirmDialog } from '../../ui/dialog.tsx'

interface BlockDialogProps {
  name: string
  block: () => Promise<void>
  onClose: () => void
  returnFocus?: () => HTMLElement | null
}

export function BlockDialog({ name, block, onClose, returnFocus }: BlockDialogProps) {
  return (
    <ConfirmDialog
      title={t('block.title', { name })}
      sentences={[t('block.gone'), t('block.stays')]}
      confirm={t('block.confirm')}
      onConfirm={block}
      onClose={onClose}
      {...(returnFocus && { returnFocus })}
    />
  )
}
