import type { Device, Line } from './device.ts'
import type { Address } from './orders.ts'
import { connectRelay } from './relay-line.ts'
import { connectTakeback } from './takeback-line.ts'
import { connectXmpp } from './xmpp-line.ts'

/** Opens a device's line, signed in. @throws Fault — or what went wrong */
export async function connect(address: Address, device: Device): Promise<Line> {
  switch (address.protocol) {
    case 'takeback':
      return connectTakeback(address, device)
    case 'xmpp':
      return connectXmpp(address, device)
    case 'relay':
      return connectRelay(address, device)
  }
}
