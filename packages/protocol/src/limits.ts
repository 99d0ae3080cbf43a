/** Bounds that clients need without carrying the schemas that enforce them. */

/** Longest text of a message, in Unicode code points. */
export const MAX_TEXT = 4000

/** Largest frame a client may send, bytes. */
export const MAX_FRAME_BYTES = 64 * 1024
