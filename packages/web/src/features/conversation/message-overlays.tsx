import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import { useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { CopyIcon, DeleteIcon, EditIcon, ReturnIcon, UnsendIcon } from '../../ui/icons.ts'
import { Menu, type MenuAnchor, type MenuItem } from '../../ui/menu.tsx'
import { useNow } from '../../ui/use-now.ts'
import { EditsDialog } from './edits-dialog.tsx'
import { canStillEdit } from './can-still-edit.ts'

/** What is open over the messages. */
export type Overlay =
  | { kind: 'menu'; message: Message; own: boolean; anchor: MenuAnchor }
  | { kind: 'waiting'; entry: OutboxEntry; anchor: MenuAnchor }
  | { kind: 'unsend'; message: Message }
  | { kind: 'edits'; message: Message }

interface MessageOverlaysProps {
  overlay: Overlay
  onChange: (overlay: Overlay | null) => void
  onEdit: (message: Message) => void
  onRefused: (error: unknown) => void
  onToComposer: (entry: OutboxEntry) => void
  returnFocus: () => HTMLElement | null
}

/** The menu of a message and the dialogs it leads to. */
export function MessageOverlays(props: MessageOverlaysProps) {
  const { overlay, onChange, onEdit, onRefused, onToComposer, returnFocus } = props
  const takeback = useTakeback()
  const now = useNow()

  if (overlay.kind === 'waiting') {
    const { entry, anchor } = overlay
    return (
      <Menu
        label={t('conversation.options_for_message')}
        anchor={anchor}
        align="end"
        items={[
          {
            label: t('menu.do_not_send'),
            icon: UnsendIcon,
            look: 'retract',
            onSelect: () => void takeback.cancel(entry.client_id).catch(onRefused),
          },
          {
            label: t('conversation.back_to_composer'),
            icon: ReturnIcon,
            onSelect: () => onToComposer(entry),
          },
          copyItem(entry.text),
        ]}
        onClose={() => onChange(null)}
        returnFocus={returnFocus}
      />
    )
  }
  const { message } = overlay
  if (overlay.kind === 'unsend')
    return (
      <ConfirmDialog
        title={t('unsend.title')}
        sentences={[t('unsend.gone'), t('unsend.stays')]}
        confirm={t('unsend.confirm')}
        keep={t('unsend.keep')}
        onConfirm={() => takeback.unsend(message.id)}
        onClose={() => onChange(null)}
        returnFocus={returnFocus}
      />
    )
  if (overlay.kind === 'edits')
    return (
      <EditsDialog message={message} onClose={() => onChange(null)} returnFocus={returnFocus} />
    )

  const items: MenuItem[] = [
    copyItem(message.text ?? ''),
    {
      label: t('menu.delete_for_me'),
      icon: DeleteIcon,
      onSelect: () => void takeback.deleteForMe(message.id).catch(onRefused),
    },
  ]
  if (overlay.own) {
    if (canStillEdit(message, now))
      items.unshift({ label: t('menu.edit'), icon: EditIcon, onSelect: () => onEdit(message) })
    items.unshift({
      label: t('menu.unsend'),
      icon: UnsendIcon,
      look: 'retract',
      onSelect: () => onChange({ kind: 'unsend', message }),
    })
  }
  return (
    <Menu
      label={t('conversation.options_for_message')}
      anchor={overlay.anchor}
      align={overlay.own ? 'end' : 'start'}
      items={items}
      onClose={() => onChange(null)}
      returnFocus={returnFocus}
    />
  )
}

const copyItem = (text: string): MenuItem => ({
  label: t('menu.copy'),
  icon: CopyIcon,
  onSelect: () => void navigator.clipboard.writeText(text),
})
