import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Caller } from '../caller.ts'
import { decodeCursor, encodeCursor, NEWEST } from '../list-cursor.ts'
import type { Reader } from '../store/store.ts'
import { folderPage } from './tables.ts'
import { viewConversations } from './look.ts'

/** A folder's conversations by latest activity. */
export async function listConversations(
  tx: Reader,
  caller: Caller,
  input: { folder?: Conversation['folder']; cursor?: string; limit?: number },
): Promise<{ items: Conversation[]; next_cursor: string | null }> {
  const limit = input.limit ?? 50
  const before = input.cursor === undefined ? NEWEST : decodeCursor(input.cursor)
  const rows = await folderPage(tx, caller.account_id, input.folder ?? 'inbox', before, limit)
  const last = rows.at(-1)
  return {
    items: await viewConversations(
      tx,
      caller.account_id,
      rows.map((row) => row.id),
    ),
    next_cursor: last === undefined || rows.length < limit ? null : encodeCursor(last),
  }
}
