/** Version of the wire contract and of the product. */
export const VERSION = '0.1.0'

/**
 * SHA-256 of every schema, route and code that goes over the wire. A test holds it against the
 * contract; `npm run wire:pin` moves it, after thinking of the clients that are already out there.
 */
export const WIRE_HASH = 'e0fae709cb98026e6ad33340b4ce83bef23affb1dad3932bd085d69187a6e604'
