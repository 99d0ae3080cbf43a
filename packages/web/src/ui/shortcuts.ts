import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { searchPeople } from './navigation.ts'

/** True where keys mean text. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
  )
}

/** Keys that work everywhere: `/` to search, `?` for help, Esc one step out. */
interface Shortcuts {
  /** The list that the open screen was reached from. */
  home: string
  onHelp: () => void
}

export function useShortcuts({ home, onHelp }: Shortcuts): void {
  const [location, navigate] = useLocation()

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]')) return
      if (event.key === 'Escape') {
        if (location === '/' || location === '/profile') return
        navigate(location === home ? '/' : home)
      } else if (!isTyping(event.target)) {
        if (event.key === '/') searchPeople()
        else if (event.key === '?') onHelp()
        else return
      } else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [location, navigate, home, onHelp])
}
