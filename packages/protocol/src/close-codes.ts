/** Why the server closes a socket, and whether the client should come back by itself. */
export const closeCodes = {
  hello_expected: { code: 4400, reconnect: true },
  not_signed_in: { code: 4401, reconnect: false },
  session_revoked: { code: 4403, reconnect: false },
  slow_reader: { code: 4408, reconnect: true },
  bad_frame: { code: 4422, reconnect: true },
  rate_limited: { code: 4429, reconnect: true },
  /** RFC 6455 registry: service restart. */
  restarting: { code: 1012, reconnect: true },
} as const
