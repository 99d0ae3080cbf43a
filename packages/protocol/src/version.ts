/** Version of the wire contract and of the product. */
export const VERSION = '0.1.0'
