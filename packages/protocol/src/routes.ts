/**
 * The HTTP API at a glance: endpoint name → method and path under /v1. Shapes stand in endpoints/.
 * It is a table of its own so that a browser can call the API without carrying the schemas.
 */
export const routes = {
  'accounts.sign_up': 'POST /accounts',
  'accounts.search': 'GET /accounts',
  'accounts.get': 'GET /accounts/{username}',

  'sessions.sign_in': 'POST /sessions',
  'sessions.list': 'GET /sessions',
  'sessions.revoke': 'DELETE /sessions/{device_id}',

  'me.get': 'GET /me',
  'me.update': 'PATCH /me',
  'settings.get': 'GET /me/settings',
  'settings.update': 'PATCH /me/settings',

  'graph.following': 'GET /me/following',
  'graph.followers': 'GET /me/followers',
  'graph.friends': 'GET /me/friends',
  'graph.blocks': 'GET /me/blocks',
  'graph.follow': 'PUT /me/following/{account_id}',
  'graph.unfollow': 'DELETE /me/following/{account_id}',
  'graph.block': 'PUT /me/blocks/{account_id}',
  'graph.unblock': 'DELETE /me/blocks/{account_id}',

  'conversations.list': 'GET /conversations',
  'conversations.open': 'POST /conversations',
  'conversations.get': 'GET /conversations/{conversation_id}',
  'conversations.delete': 'DELETE /conversations/{conversation_id}',
  'conversations.read': 'POST /conversations/{conversation_id}/read',
  'conversations.accept': 'POST /conversations/{conversation_id}/accept',
  'conversations.decline': 'POST /conversations/{conversation_id}/decline',
  'conversations.decline_all': 'POST /conversations/decline_all',
  'conversations.typing': 'POST /conversations/{conversation_id}/typing',

  'messages.list': 'GET /conversations/{conversation_id}/messages',
  'messages.send': 'POST /conversations/{conversation_id}/messages',
  'messages.edit': 'PATCH /messages/{message_id}',
  'messages.edits': 'GET /messages/{message_id}/edits',
  'messages.delete': 'DELETE /messages/{message_id}',

  'sync.read': 'GET /sync',
  'sync.acknowledge': 'POST /sync/ack',

  'status.get': 'GET /status',
} as const

export type EndpointName = keyof typeof routes

export const endpointNames = Object.keys(routes) as EndpointName[]

/** Method, and path with `{name}` placeholders, of an endpoint. */
export function routeOf(name: EndpointName): { method: string; path: string } {
  const [method = '', path = ''] = routes[name].split(' ')
  return { method, path }
}

/** Names of the inputs that stand in an endpoint's path. */
export function pathInputs(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
}
