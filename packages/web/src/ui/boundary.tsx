import { Component, type ReactNode } from 'react'
import { t } from '../texts/t.ts'
import { Button } from './button.tsx'
import { EmptyState } from './empty-state.tsx'
import { AlertIcon } from './icons.ts'

interface BoundaryProps {
  /** A new key starts over. */
  children: ReactNode
}

/** A part that breaks says so and can be loaded again; the rest goes on. */
export class Boundary extends Component<BoundaryProps, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <EmptyState
        icon={AlertIcon}
        title={t('app.crashed')}
        action={<Button onClick={() => location.reload()}>{t('remedies.reload')}</Button>}
      />
    )
  }
}
