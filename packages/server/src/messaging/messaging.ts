import { deleteForMe } from './delete-for-me.ts'
import { deleteThread } from './delete-thread.ts'
import type { MessagingDeps } from './deps.ts'
import { edit, listEdits } from './edit.ts'
import { moveThread, showNewName } from './outside-changes.ts'
import { listConversations } from './list-conversations.ts'
import { listMessages } from './list-messages.ts'
import { getConversation, openConversation } from './open-conversation.ts'
import { acknowledge, read } from './receipts.ts'
import { acceptRequest, declineAllRequests, declineRequest, expireRequests } from './requests.ts'
import { send } from './send.ts'
import { typing } from './typing.ts'
import { unsend } from './unsend.ts'
import { createLook, viewInbox } from './look.ts'
import { markFetched } from './fetched.ts'

export type Messaging = ReturnType<typeof createMessaging>

/** Conversations and what is sent in them. */
export function createMessaging(deps: MessagingDeps) {
  return {
    openConversation: openConversation(deps),
    getConversation: getConversation(deps),
    listConversations,
    deleteThread: deleteThread(deps),
    read: read(deps),
    acceptRequest: acceptRequest(deps),
    declineRequest: declineRequest(deps),
    declineAllRequests: declineAllRequests(deps),
    expireRequests: expireRequests(deps),
    acknowledge: acknowledge(deps),
    typing: typing(deps),
    listMessages,
    send: send(deps),
    edit: edit(deps),
    listEdits,
    unsend: unsend(deps),
    deleteForMe: deleteForMe(deps),
    moveThread: moveThread(deps),
    showNewName,
    markFetched,
    look: createLook,
    viewInbox,
  }
}
