/** A gateway's socket side over a real core, with times that tests choose and hints they can lose. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Core, Hint } from '../src/core/types.ts'
import { type Connections, createConnections } from '../src/gateway/connections.ts'
import { attachSocket, type SocketDeps } from '../src/gateway/socket.ts'

export interface TestGateway {
  url: string
  port: number
  connections: Connections
  /** The server's ends of all connections: `writableLength` is what waits for a reader. */
  ends: ReadonlySet<Socket>
  errors: unknown[]
  close(): Promise<void>
}

/** Long enough that no test meets it by accident, ms. */
const NEVER = 2 ** 30

export async function startGateway(
  core: Core,
  deps: Partial<SocketDeps> & { listen?: (hint: Hint, pass: (hint: Hint) => void) => void } = {},
): Promise<TestGateway> {
  const { listen = (hint, pass) => pass(hint), ...given } = deps
  const server = createServer()
  const connections = createConnections(core)
  core.onHint((hint) => listen(hint, connections.onHint))
  const ends = new Set<Socket>()
  server.on('connection', (end) => {
    ends.add(end)
    end.on('close', () => ends.delete(end))
  })
  const errors: unknown[] = []
  const socket = attachSocket(server, {
    core,
    connections,
    limits: { draw: () => {} },
    origins: [],
    heartbeat: NEVER,
    pollEvery: NEVER,
    onError: (error) => void errors.push(error),
    ...given,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections,
    ends,
    errors,
    async close() {
      await socket.close()
      for (const end of ends) end.destroy()
      server.close()
    },
  }
}
