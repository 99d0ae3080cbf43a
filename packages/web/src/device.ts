import type { AccountId } from '@takeback/protocol/ids.ts'
import { openBrowserStorage } from '@takeback/sdk/storage-indexeddb.ts'
import { createTakeback } from '@takeback/sdk/takeback.ts'
import type { Takeback } from '@takeback/sdk/types.ts'

/** This browser as a device of an account, with a local copy of its own. */
export async function openDevice(id: AccountId): Promise<Takeback> {
  const storage = await openBrowserStorage(`takeback-${id}`)
  return createTakeback({ baseUrl: '', storage, name: 'web' })
}
