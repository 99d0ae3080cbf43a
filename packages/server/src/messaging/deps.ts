import type { AccountId } from '@takeback/protocol/ids.ts'
import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Graph } from '../graph/graph.ts'
import type { Ids } from '../ids.ts'
import type { EditRules } from '../policy/can-change.ts'
import type { Store } from '../store/store.ts'
import type { Sync } from '../sync/sync.ts'

export interface MessagingDeps {
  /** For what is done in several transactions. */
  store: Pick<Store, 'transact'>
  graph: Pick<Graph, 'pairs' | 'lockAccounts'>
  sync: Pick<Sync, 'append' | 'checkAcks' | 'markAcks'>
  clock: Clock
  ids: Ids
  publish: PublishHint
  /**
   * Whether a device of theirs is connected: a message then counts as handed out in the very
   * transaction that sends it, so that live delivery needs no second one.
   */
  isConnected: (account: AccountId) => boolean
  rules: {
    edit: EditRules
    /** How long after sending a message may be unsent, ms; null for no limit. */
    unsendWindow: number | null
  }
}
