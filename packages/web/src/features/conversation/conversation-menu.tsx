import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { lazy, Suspense, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useRelation, useTakeback } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { BanIcon, DeleteIcon, MoreIcon, ProfileIcon } from '../../ui/icons.ts'

const Menu = lazy(() => import('../../ui/menu.tsx').then((m) => ({ default: m.Menu })))
const BlockDialog = lazy(() =>
  import('../profile/block-dialog.tsx').then((m) => ({ default: m.BlockDialog })),
)
const DeleteThreadDialog = lazy(() =>
  import('./delete-thread-dialog.tsx').then((m) => ({ default: m.DeleteThreadDialog })),
)

interface ConversationMenuProps {
  conversationId: ConversationId
  other: AccountSummary
  onChanged: () => void
}

export function ConversationMenu({ conversationId, other, onChanged }: ConversationMenuProps) {
  const takeback = useTakeback()
  const [, navigate] = useLocation()
  const [open, setOpen] = useState<'menu' | 'delete' | 'block' | null>(null)
  const [anchor, setAnchor] = useState<Element | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  const folder = takeback.conversation(conversationId)?.folder
  const blocked = useRelation(other.id)?.relation.blocked ?? folder === 'blocked'
  const name = other.display_name
  const close = () => setOpen(null)
  const returnFocus = () => button.current

  async function unblock() {
    await takeback.client.call('graph.unblock', { account_id: other.id }).catch(() => undefined)
    onChanged()
  }
  async function block() {
    await takeback.client.call('graph.block', { account_id: other.id })
    onChanged()
  }

  const items = [
    {
      label: t('conversation.view_profile'),
      icon: ProfileIcon,
      onSelect: () => navigate(`/u/${other.username}`),
    },
    {
      label: t('conversation.delete_thread'),
      icon: DeleteIcon,
      onSelect: () => setOpen('delete'),
    },
    blocked
      ? { label: t('conversation.unblock', { name }), icon: BanIcon, onSelect: unblock }
      : {
          label: t('conversation.block', { name }),
          icon: BanIcon,
          look: 'retract' as const,
          onSelect: () => setOpen('block'),
        },
  ]

  return (
    <>
      <IconButton
        ref={button}
        icon={MoreIcon}
        label={t('conversation.options')}
        aria-haspopup="menu"
        aria-expanded={open === 'menu'}
        onClick={(event) => {
          setAnchor(event.currentTarget)
          setOpen('menu')
        }}
      />
      <Suspense>
        {open === 'menu' && anchor && (
          <Menu
            label={t('conversation.options')}
            anchor={anchor}
            align="end"
            items={items}
            onClose={() => setOpen((now) => (now === 'menu' ? null : now))}
            returnFocus={returnFocus}
          />
        )}
        {open === 'delete' && (
          <DeleteThreadDialog
            name={name}
            onConfirm={async () => {
              await takeback.deleteThread(conversationId)
              navigate('/')
            }}
            onClose={close}
            returnFocus={returnFocus}
          />
        )}
        {open === 'block' && (
          <BlockDialog name={name} block={block} onClose={close} returnFocus={returnFocus} />
        )}
      </Suspense>
    </>
  )
}
