import type { AccountId } from '@takeback/protocol/ids.ts'
import { chunksOf, type Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { NewEvent } from '../sync/tables.ts'
import type { MessagingDeps } from './deps.ts'
import { hold } from './member.ts'
import { directKey } from './open-conversation.ts'
import { pendingIn } from './request-tables.ts'
import { dropRequest } from './requests.ts'
import {
  conversationByKey,
  conversationsOf,
  lockConversations,
  membersOf,
  setFolders,
  touchAll,
  type MemberRow,
} from './tables.ts'

/**
 * With a block or its end: the thread with that person leaves my inbox, or comes back to it. What they
 * asked me is declined by a block.
 */
export const moveThread =
  (deps: MessagingDeps) =>
  async (
    tx: Transaction,
    account: AccountId,
    other: AccountId,
    folder: 'inbox' | 'blocked',
  ): Promise<void> => {
    const conversation = await conversationByKey(tx, directKey(account, other))
    if (conversation === undefined) return
    const { me } = await hold(tx, account, conversation.id)
    if (me.folder === folder) return
    const request = folder === 'blocked' ? await pendingIn(tx, conversation.id, account) : undefined
    const declined = request === undefined ? [] : await dropRequest(tx, request, me, 'declined')
    await setFolders(tx, [{ conversation_id: conversation.id, account_id: account, folder }])
    await deps.sync.append(tx, [
      ...declined,
      {
        account_id: account,
        kind: kinds.conversationUpdated,
        conversation_id: conversation.id,
      },
    ])
  }

/**
 * With a change of name: everybody in my conversations sees the new one, my own devices too. Returns
 * the events that tell them.
 */
export async function showNewName(tx: Transaction, account: AccountId): Promise<NewEvent[]> {
  const ids = (await conversationsOf(tx, account)).map((row) => row.conversation_id)
  const members: MemberRow[] = []
  for (const chunk of chunksOf(ids)) {
    await lockConversations(tx, chunk)
    await touchAll(tx, chunk)
    members.push(...(await membersOf(tx, chunk)))
  }
  // Whoever has nothing in it is told nothing: that it was opened is not theirs to notice.
  return members
    .filter((member) => member.hidden === 0)
    .map(({ account_id, conversation_id }) => ({
      account_id,
      kind: kinds.conversationUpdated,
      conversation_id,
    }))
}
