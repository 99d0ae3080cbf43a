import ipaddr from 'ipaddr.js'

/**
 * Under which name an address is limited. Whoever has one IPv6 address has a whole /64 of them, so
 * that counts as one; an IPv4 address written as IPv6 is that IPv4 address.
 */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${withoutZone(parsed)}/64`).toString()}/64`
}

/** `fe80::1%eth0` is the same everywhere but for the interface. */
const withoutZone = (address: ipaddr.IPv6): string => address.toString().split('%')[0] ?? ''
