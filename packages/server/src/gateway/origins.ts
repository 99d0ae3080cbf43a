import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser page may act with the session cookie: a page of this very host, or of an origin
 * the operator listed. Requests without an Origin do not come from a page's script.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, listed: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined) return false
  if (listed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
