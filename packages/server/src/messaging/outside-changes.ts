import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { MessagingDeps } from './deps.ts'
import { directKey } from './open-conversation.ts'
import { conversationByKey, conversationsOf, membersOf, setMember, touchAll } from './tables.ts'

/** After a block or its end: the thread with that person leaves my inbox, or comes back to it. */
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
    const me = (await membersOf(tx, conversation.id)).find(
      (member) => member.account_id === account,
    )
    if (me === undefined || me.folder === folder) return
    await setMember(tx, { ...me, folder })
    await deps.sync.append(tx, [
      {
        account_id: account,
        kind: kinds.conversationUpdated,
        conversation_id: conversation.id,
      },
    ])
  }

/** After a change of name: everybody in my conversations sees the new one, my own devices too. */
export const showNewName =
  (deps: MessagingDeps) =>
  async (tx: Transaction, account: AccountId): Promise<void> => {
    for (const { conversation_id } of await conversationsOf(tx, account)) {
      const members = await membersOf(tx, conversation_id)
      await touchAll(tx, conversation_id)
      await deps.sync.append(
        tx,
        // Whoever has nothing in it is told nothing: that it was opened is not theirs to notice.
        members
          .filter((member) => member.hidden === 0)
          .map((member) => ({
            account_id: member.account_id,
            kind: kinds.conversationUpdated,
            conversation_id,
          })),
      )
    }
  }
