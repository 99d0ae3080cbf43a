import type { IncomingHttpHeaders } from 'node:http'

const NAME = 'takeback_session'
/** Browsers keep no cookie longer than 400 days (RFC 6265bis). */
const MAX_AGE = 400 * 24 * 60 * 60

export const sessionCookie = (token: string, secure: boolean): string =>
  `${NAME}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${MAX_AGE}${secure ? '; Secure' : ''}`

export const noSessionCookie = (secure: boolean): string =>
  `${NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${secure ? '; Secure' : ''}`

export type Credential = { token: string; by: 'bearer' | 'cookie' } | null

/** The session token of a request: in the Authorization header, else in the cookie. Never in a URL. */
export function credentialOf(headers: IncomingHttpHeaders): Credential {
  const bearer = /^Bearer ([\w-]{1,200})$/i.exec(headers.authorization ?? '')
  if (bearer?.[1] !== undefined) return { token: bearer[1], by: 'bearer' }
  if (headers.authorization !== undefined) return null
  const cookie = new RegExp(`(?:^|; )${NAME}=([\\w-]{1,200})(?:;|$)`).exec(headers.cookie ?? '')
  return cookie?.[1] === undefined ? null : { token: cookie[1], by: 'cookie' }
}
