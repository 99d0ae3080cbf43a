import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Graph } from '../graph/graph.ts'
import type { Ids } from '../ids.ts'
import type { EditRules } from '../policy/can-change.ts'
import type { Sync } from '../sync/sync.ts'

export interface MessagingDeps {
  graph: Pick<Graph, 'pairs'>
  sync: Pick<Sync, 'append' | 'ack' | 'connected'>
  clock: Clock
  ids: Ids
  publish: PublishHint
  rules: {
    edit: EditRules
    /** How long after sending a message may be unsent, ms; null for no limit. */
    unsendWindow: number | null
  }
}
