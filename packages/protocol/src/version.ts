/** Version of the wire contract and of the product. */
export const VERSION = '0.1.0'

/**
 * SHA-256 of every schema, route and code that goes over the wire. A test holds it against the
 * contract; `npm run wire:pin` moves it, after thinking of the clients that are already out there.
 */
export const WIRE_HASH = 'fc73d550210ff4cebc5c9a4a1ab1b73f20befe5ce161ca186c0882f89955be46'
