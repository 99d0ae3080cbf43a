import { navigate } from 'wouter/use-browser-location'

/** Steps within the app since it was opened; Back must not leave it. The router announces each push. */
let depth = 0
addEventListener('pushState', () => {
  depth += 1
})
addEventListener('popstate', () => {
  depth = Math.max(0, depth - 1)
})

/** One step back, or to `fallback` when the page was opened right here. */
export function goBack(fallback: string): void {
  if (depth > 0) history.back()
  else navigate(fallback, { replace: true })
}

/** Where what had the focus is gone and nothing else took it, the heading of the open screen has it. */
export function focusHeading(): void {
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return
    const heading = document.querySelector<HTMLElement>('[role="main"] h1')
    const target = heading?.closest('a') ?? heading
    if (target === heading) heading?.setAttribute('tabindex', '-1')
    target?.focus({ preventScroll: true })
  })
}

/** Opens People with the cursor in its search field, also when it is open already. */
export function searchPeople(): void {
  navigate('/people', { state: { search: Date.now() }, replace: location.pathname === '/people' })
}
