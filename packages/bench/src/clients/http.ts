import { Agent, request } from 'node:http'
import { pathInputs, routeOf, type EndpointName } from '@takeback/protocol/routes.ts'
import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'

export interface Timed<Value> {
  value: Value
  /** From before the first byte went out until the last had come, ms. */
  took: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/**
 * Calls an endpoint as the SDK does, by the leanest of clients: what is measured is to be the
 * service, not `fetch`.
 * @throws Error for everything but success
 */
export async function call<Name extends EndpointName>(
  baseUrl: string,
  token: string,
  name: Name,
  input: Input<Name>,
): Promise<Timed<Output<Name>>> {
  const { method, path } = routeOf(name)
  const rest = new Map(Object.entries(input as Record<string, string | number>))
  let filled = path
  for (const key of pathInputs(path)) {
    filled = filled.replace(`{${key}}`, encodeURIComponent(String(rest.get(key))))
    rest.delete(key)
  }
  const inQuery = method === 'GET' || method === 'DELETE'
  const query = new URLSearchParams([...rest].map(([key, value]) => [key, String(value)]))
  const url = `${baseUrl}/v1${filled}${inQuery && rest.size > 0 ? `?${query}` : ''}`
  const body = inQuery ? null : JSON.stringify(Object.fromEntries(rest))

  const started = performance.now()
  const { status, text } = await exchange(url, method, token, body)
  const took = performance.now() - started
  if (status < 200 || status > 299) throw new Error(`${name} was answered by ${status}: ${text}`)
  return { value: (text === '' ? null : JSON.parse(text)) as Output<Name>, took }
}

function exchange(
  url: string,
  method: string,
  token: string,
  body: string | null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const asked = request(url, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
        }),
      )
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body ?? undefined)
  })
}
