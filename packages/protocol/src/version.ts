/** Version of the wire contract and of the product. */
export const VERSION = '0.1.0'

/**
 * SHA-256 of every schema, route and code that goes over the wire. A test holds it against the
 * contract; `npm run wire:pin` moves it, after thinking of the clients that are already out there.
 */
export const WIRE_HASH = 'b3fb61e82a4e21fa65f8b0a83911600ca5ae22ac6885d6bdc342a1b103c20b5b'
