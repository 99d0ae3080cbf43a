import { Menu as Base } from '@base-ui/react/menu'
import type { LucideIcon } from 'lucide-react'
import styles from './menu.module.css'

export interface MenuItem {
  label: string
  icon: LucideIcon
  look?: 'plain' | 'retract'
  onSelect: () => void
}

/** Where the menu opens: at an element, or at a point of the screen. */
export type MenuAnchor = Element | { x: number; y: number }

interface MenuProps {
  label: string
  anchor: MenuAnchor
  items: readonly MenuItem[]
  align?: 'start' | 'end'
  onClose: () => void
  returnFocus?: () => HTMLElement | null
}

/** A menu that is open for as long as it is rendered. */
export function Menu({ label, anchor, items, align = 'start', onClose, returnFocus }: MenuProps) {
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      {/* Within the open screen, so that it belongs to a landmark. */}
      <Base.Portal container={document.querySelector<HTMLElement>('[role="main"]')}>
        <Base.Positioner
          className={styles['positioner']}
          anchor={anchor instanceof Element ? anchor : pointAnchor(anchor)}
          side="bottom"
          positionMethod="fixed"
          align={align}
          sideOffset={6}
          collisionPadding={8}
        >
          <Base.Popup
            className={styles['popup']}
            aria-label={label}
            finalFocus={() => returnFocus?.() ?? true}
          >
            {items.map(({ label: text, icon: Icon, look = 'plain', onSelect }) => (
              <Base.Item
                key={text}
                className={`${styles['item']} ${styles[look]}`}
                onClick={onSelect}
              >
                <Icon size={20} aria-hidden="true" />
                {text}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function pointAnchor({ x, y }: { x: number; y: number }) {
  return { getBoundingClientRect: () => new DOMRect(x, y, 0, 0) }
}
