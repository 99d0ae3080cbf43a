import { useEffect, type ReactNode } from 'react'
import { t } from '../texts/t.ts'
import { IconButton } from './icon-button.tsx'
import { BackIcon } from './icons.ts'
import { goBack } from './navigation.ts'
import styles from './pane.module.css'

interface PaneProps {
  /** Header line: a heading, or what stands in for it. */
  heading: ReactNode
  actions?: ReactNode
  /** Where Back leads when there is nothing to go back to; without it there is no Back. */
  backTo?: string
  /** How it leads there: by default a step back. */
  back?: (to: string) => void
  /** Back only where the pane fills the screen. */
  backOnPhoneOnly?: boolean
  /** Lies over the pane's content, beneath the header. */
  overlay?: ReactNode
  children: ReactNode
  /** The content scrolls by itself. */
  ownScroll?: boolean
}

/** A full-height column: a header that stays, and content that scrolls. */
export function Pane(props: PaneProps) {
  const { heading, actions, backTo, back = goBack, backOnPhoneOnly = true } = props
  const { overlay, children, ownScroll } = props
  return (
    <div className={styles['pane']}>
      <div className={styles['header']}>
        {backTo !== undefined && (
          <IconButton
            className={backOnPhoneOnly ? styles['back-phone'] : undefined}
            icon={BackIcon}
            label={t('app.back')}
            onClick={() => back(backTo)}
          />
        )}
        <div className={styles['heading']}>{heading}</div>
        {actions}
      </div>
      {overlay}
      {ownScroll ? children : <div className={styles['scroll']}>{children}</div>}
    </div>
  )
}

/** Names the browser tab while the component is shown. */
export function usePageTitle(page: string, unread = 0): void {
  useEffect(() => {
    document.title =
      unread > 0 ? t('app.title_unread', { page, count: unread }) : t('app.title', { page })
  }, [page, unread])
}
