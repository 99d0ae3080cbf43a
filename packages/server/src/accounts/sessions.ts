import { createHash } from 'node:crypto'
import type { Device, Session } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller, Visitor } from '../caller.ts'
import type { Reader, Transaction } from '../store/store.ts'
import type { AccountsDeps } from './deps.ts'
import {
  deviceById,
  deviceByToken,
  insertDevice,
  liveAmong,
  liveDevices,
  revokedSince,
  setRevoked,
  setSeen,
} from './tables.ts'

/** How stale `last_seen_at` may grow before a call renews it, ms: reading need not write each time. */
const SEEN_STEP = 10 * 60_000

/** At rest there is only this hash: who reads the database cannot sign in with it. */
export const hashToken = (token: string): string =>
  createHash('sha256').update(token).digest('base64url')

export async function openSession(
  { ids, clock }: AccountsDeps,
  tx: Transaction,
  account: AccountId,
  visitor: Visitor,
): Promise<Session> {
  const token = ids.secret()
  const device_id = ids.next<DeviceId>()
  const now = clock()
  await insertDevice(tx, {
    id: device_id,
    account_id: account,
    token_hash: hashToken(token),
    name: visitor.device_name,
    created_at: now,
    last_seen_at: now,
    revoked_at: null,
  })
  return { device_id, token }
}

/**
 * Whose token this is.
 * @throws Refusal not_signed_in — no token of ours · session_revoked — it was signed out
 */
export const authenticate =
  ({ store, clock }: AccountsDeps) =>
  async (token: string): Promise<Caller> => {
    const device = await store.read((tx) => deviceByToken(tx, hashToken(token)))
    if (device === undefined) throw new Refusal('not_signed_in')
    if (device.revoked_at !== null) throw new Refusal('session_revoked')
    const now = clock()
    // Best effort, and not waited for: a store that cannot write must still let people read.
    if (now - device.last_seen_at > SEEN_STEP)
      store.transact((tx) => setSeen(tx, device.id, now)).catch(() => {})
    return { account_id: device.account_id, device_id: device.id }
  }

/** Which of these devices have been signed out: for gateways that may have missed the hint (S1). */
export async function revokedAmong(tx: Reader, devices: readonly DeviceId[]): Promise<DeviceId[]> {
  const live = new Set((await liveAmong(tx, devices)).map(({ id }) => id))
  return devices.filter((id) => !live.has(id))
}

/** How far back `revokedLately` looks, ms: further than the clocks of nodes may differ. */
const LATELY = 60_000

/** Devices that were signed out a moment ago: cheap enough to be asked for every moment (S1). */
export const revokedLately =
  ({ clock }: AccountsDeps) =>
  async (tx: Reader): Promise<DeviceId[]> =>
    (await revokedSince(tx, clock() - LATELY)).map(({ id }) => id)

export async function listSessions(
  tx: Reader,
  caller: Caller,
): Promise<{ items: Device[]; next_cursor: null }> {
  const devices = await liveDevices(tx, caller.account_id)
  return {
    items: devices.map((device) => ({
      id: device.id,
      name: device.name,
      current: device.id === caller.device_id,
      created_at: device.created_at,
      last_seen_at: device.last_seen_at,
    })),
    next_cursor: null,
  }
}

export const revokeSession =
  ({ clock, publish }: AccountsDeps) =>
  async (tx: Transaction, caller: Caller, input: { device_id: DeviceId }): Promise<null> => {
    const device = await deviceById(tx, input.device_id)
    if (device === undefined || device.account_id !== caller.account_id)
      throw new Refusal('not_found')
    await setRevoked(tx, device.id, clock())
    tx.afterCommit(() => publish({ type: 'revoked', device_id: device.id }))
    return null
  }
