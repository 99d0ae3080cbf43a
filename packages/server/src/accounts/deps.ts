import type { AccountId } from '@takeback/protocol/ids.ts'
import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Store, Transaction } from '../store/store.ts'
import type { Passwords } from './passwords.ts'

export interface AccountsDeps {
  store: Store
  clock: Clock
  ids: Ids
  passwords: Passwords
  publish: PublishHint
  /** Opens the event log of a new account. */
  openLog: (tx: Transaction, account: AccountId) => Promise<unknown>
  /**
   * Appends "my account or settings changed" to the log of `account`; and, `renamed`, shows the new
   * name to everybody in their conversations.
   */
  tellMe: (tx: Transaction, account: AccountId, renamed?: boolean) => Promise<void>
}
