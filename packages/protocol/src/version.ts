/** Version of the wire contract and of the product. */
export const VERSION = '0.1.0'

/**
 * SHA-256 of every schema, route and code that goes over the wire. A test holds it against the
 * contract; `npm run wire:pin` moves it, after thinking of the clients that are already out there.
 */
export const WIRE_HASH = 'c40a7e701c186611af5cd3c2ecb19ec26f7870ec924c40cf41137f5ebb76c80c'
