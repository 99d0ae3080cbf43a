import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import type { WebSocket } from 'ws'
import type { Core, Hint } from '../core/types.ts'

/** A signed-in socket, as far as others need to reach it. */
export interface Connection {
  readonly account: AccountId
  readonly device: DeviceId
  poke(seq: number): void
  /** For what may be lost: left out while the reader is behind. */
  sendIfRoom(frame: DownFrame): void
  /** Ends it because its session ended (S1). */
  revoke(): void
  /** Ends it because this node stops. */
  restart(): void
}

/** Who is connected here; carries hints to them. */
export function createConnections(
  core: Pick<Core, 'attach' | 'detach' | 'heads' | 'revokedLately'>,
) {
  /** Mostly one each, so lists: a set takes several hundred bytes. */
  const byAccount = new Map<AccountId, readonly Connection[]>()
  const bySocket = new WeakMap<WebSocket, Connection>()

  function of(account: AccountId): Iterable<Connection> {
    return byAccount.get(account) ?? []
  }

  function* all(): Iterable<Connection> {
    for (const connections of byAccount.values()) yield* connections
  }

  function revoke(devices: ReadonlySet<DeviceId>): void {
    for (const connection of all()) if (devices.has(connection.device)) connection.revoke()
  }

  return {
    add(connection: Connection, socket: WebSocket): void {
      byAccount.set(connection.account, [...of(connection.account), connection])
      bySocket.set(socket, connection)
      core.attach(connection.account)
    },
    remove(connection: Connection): void {
      const before = byAccount.get(connection.account) ?? []
      const left = before.filter((one) => one !== connection)
      if (left.length === before.length) return
      if (left.length === 0) byAccount.delete(connection.account)
      else byAccount.set(connection.account, left)
      core.detach(connection.account)
    },
    on: (socket: WebSocket): Connection | undefined => bySocket.get(socket),
    onHint(hint: Hint): void {
      if (hint.type === 'poke')
        for (const connection of of(hint.account_id)) connection.poke(hint.seq)
      else if (hint.type === 'revoked') revoke(new Set([hint.device_id]))
      else
        for (const connection of of(hint.account_id))
          connection.sendIfRoom({
            type: 'typing',
            data: { conversation_id: hint.conversation_id, account_id: hint.by },
          })
    },
    /** Asks where everybody's log stands and who was signed out: what a lost hint would have said (B1). */
    async poll(): Promise<void> {
      const devices = [...all()].map((connection) => connection.device)
      if (devices.length === 0) return
      const { heads, revoked } = await core.heads([...byAccount.keys()], devices)
      for (const { account_id, head } of heads)
        for (const connection of of(account_id)) connection.poke(head)
      revoke(new Set(revoked))
    },
    /** The same for devices signed out a moment ago on another node, while no bus says so (S1). */
    async pollRevoked(): Promise<void> {
      if (byAccount.size > 0) revoke(new Set(await core.revokedLately()))
    },
    all,
    count: (): number => [...byAccount.values()].reduce((sum, set) => sum + set.length, 0),
  }
}

export type Connections = ReturnType<typeof createConnections>
