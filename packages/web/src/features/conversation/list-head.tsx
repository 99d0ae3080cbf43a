import type { ComponentPropsWithRef } from 'react'
import { t } from '../../texts/t.ts'

/** The list element of the messages, as the virtualiser renders it. */
export function ListHead(props: ComponentPropsWithRef<'ul'>) {
  return <ul {...props} aria-label={t('conversation.messages')} />
}
