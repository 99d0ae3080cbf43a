import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { lastOlder, logsAfter, trimThrough } from './tables.ts'

/** Logs per transaction: a trim never holds the writers for long. */
const CHUNK = 100

/** Deletes events past the retention; cursors before them will be told `reset` (S6). */
export const trim = (store: Store, clock: Clock, retention: number) => async (): Promise<void> => {
  const before = clock() - retention
  let last = ''
  for (;;) {
    const accounts = await store.read((tx) => logsAfter(tx, last, CHUNK))
    if (accounts.length === 0) return
    await store.transact(async (tx) => {
      for (const { account_id } of accounts) {
        const older = await lastOlder(tx, account_id, before)
        if (older?.seq) await trimThrough(tx, account_id, older.seq)
      }
    })
    last = accounts.at(-1)?.account_id ?? last
  }
}
