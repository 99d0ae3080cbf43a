import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'

/** The signed-in device on whose behalf a command runs. */
export interface Caller {
  readonly account_id: AccountId
  readonly device_id: DeviceId
}

/** Somebody who is not signed in. */
export interface Visitor {
  /** What the device calls itself, for the list of devices. */
  readonly device_name: string
}
