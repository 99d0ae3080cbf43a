import * as accounts from './accounts.ts'
import * as conversations from './conversations.ts'
import type { InputOf, OutputOf } from './endpoint.ts'
import * as graph from './graph.ts'
import * as messages from './messages.ts'
import * as status from './status.ts'
import * as sync from './sync.ts'

/** Every endpoint by name. A name in routes.ts without a contract here does not compile. */
export const endpoints = {
  'accounts.sign_up': accounts.signUp,
  'accounts.search': accounts.searchAccounts,
  'accounts.get': accounts.getAccount,
  'sessions.sign_in': accounts.signIn,
  'sessions.list': accounts.listSessions,
  'sessions.revoke': accounts.revokeSession,
  'me.get': accounts.getMe,
  'me.update': accounts.updateMe,
  'settings.get': accounts.getSettings,
  'settings.update': accounts.updateSettings,
  'graph.following': graph.listFollowing,
  'graph.followers': graph.listFollowers,
  'graph.friends': graph.listFriends,
  'graph.blocks': graph.listBlocks,
  'graph.follow': graph.follow,
  'graph.unfollow': graph.unfollow,
  'graph.block': graph.block,
  'graph.unblock': graph.unblock,
  'conversations.list': conversations.listConversations,
  'conversations.open': conversations.openConversation,
  'conversations.get': conversations.getConversation,
  'conversations.delete': conversations.deleteConversation,
  'conversations.read': conversations.readConversation,
  'conversations.accept': conversations.acceptRequest,
  'conversations.decline': conversations.declineRequest,
  'conversations.decline_all': conversations.declineAllRequests,
  'conversations.typing': conversations.typing,
  'messages.list': messages.listMessages,
  'messages.send': messages.sendMessage,
  'messages.edit': messages.editMessage,
  'messages.edits': messages.listEdits,
  'messages.delete': messages.deleteMessage,
  'sync.read': sync.readSync,
  'sync.acknowledge': sync.acknowledge,
  'status.get': status.getStatus,
} as const satisfies Record<import('../routes.ts').EndpointName, object>

export type Endpoints = typeof endpoints
export type Input<Name extends keyof Endpoints> = InputOf<Endpoints[Name]>
export type Output<Name extends keyof Endpoints> = OutputOf<Endpoints[Name]>
