/** Unix time in milliseconds. Rooms are given one; none reads the machine's (law 3). */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** Milliseconds since some moment, never going back: for how long something took, not when it was. */
export const monotonicClock: Clock = () => performance.now()
