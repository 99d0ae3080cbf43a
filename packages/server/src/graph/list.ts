import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Caller } from '../caller.ts'
import { decodeCursor, encodeCursor, NEWEST } from '../list-cursor.ts'
import type { Reader } from '../store/store.ts'
import { toProfile } from './profile.ts'
import { listPage, type ListName } from './tables.ts'

/** A page of one of my lists of people, newest first. */
export const list =
  (name: ListName) =>
  async (
    tx: Reader,
    caller: Caller,
    input: { cursor?: string; limit?: number },
  ): Promise<{ items: Profile[]; next_cursor: string | null }> => {
    const limit = input.limit ?? 50
    const before = input.cursor === undefined ? NEWEST : decodeCursor(input.cursor)
    const rows = await listPage(tx, caller.account_id, name, before, limit)
    const last = rows.at(-1)
    return {
      items: rows.map(toProfile),
      next_cursor: last === undefined || rows.length < limit ? null : encodeCursor(last),
    }
  }
