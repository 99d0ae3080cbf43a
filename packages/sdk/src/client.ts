import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import { fromProblem, Refusal, type Problem } from '@takeback/protocol/refusals.ts'
import { pathInputs, routeOf, type EndpointName } from '@takeback/protocol/routes.ts'
import { VERSION } from '@takeback/protocol/version.ts'

export interface Client {
  /**
   * Calls an endpoint by name with its flat input.
   * @throws Refusal — the service's own, `network_unreachable` when nothing answered.
   */
  call<Name extends EndpointName>(
    name: Name,
    input: Input<Name>,
    options?: { signal?: AbortSignal },
  ): Promise<Output<Name>>
}

export interface ClientOptions {
  /** Origin of the service, e.g. `https://chat.example`; `''` in a browser means the page's own. */
  baseUrl: string
  /** Bearer token; leave out in a browser that carries the cookie. */
  token?: string
  fetch?: typeof fetch
  /** How this client names itself, for `Takeback-Client`. */
  name?: string
}

export function createClient(options: ClientOptions): Client {
  const request = options.fetch ?? ((input, init) => fetch(input, init))
  return {
    async call(name, input, callOptions = {}) {
      const { method, path } = routeOf(name)
      const rest = { ...(input as Record<string, string | number | boolean | undefined>) }
      let url = path
      for (const key of pathInputs(path)) {
        url = url.replace(`{${key}}`, encodeURIComponent(String(rest[key])))
        delete rest[key]
      }
      const inQuery = method === 'GET' || method === 'DELETE'
      const query = new URLSearchParams()
      if (inQuery)
        for (const [key, value] of Object.entries(rest))
          if (value !== undefined) query.set(key, String(value))
      const search = query.size > 0 ? `?${query}` : ''

      const response = await request(`${options.baseUrl}/v1${url}${search}`, {
        method,
        headers: {
          accept: 'application/json',
          'takeback-client': options.name ?? `sdk/${VERSION}`,
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
          ...(inQuery ? {} : { 'content-type': 'application/json' }),
        },
        credentials: 'same-origin',
        ...(inQuery ? {} : { body: JSON.stringify(rest) }),
        ...(callOptions.signal === undefined ? {} : { signal: callOptions.signal }),
      }).catch((error: unknown) => {
        if (callOptions.signal?.aborted) throw error
        throw new Refusal('network_unreachable')
      })
      if (response.status === 204) return null as never
      const body: unknown = await response.json().catch((error: unknown) => {
        if (callOptions.signal?.aborted) throw error
        return null
      })
      if (response.ok) {
        // An answer that broke off is none.
        if (body === null) throw new Refusal('network_unreachable')
        return body as never
      }
      if (body === null) throw new Refusal(response.status >= 500 ? 'service_degraded' : 'internal')
      throw fromProblem(body as Partial<Problem>)
    },
  }
}
