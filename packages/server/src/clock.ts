/** Unix time in milliseconds. Rooms are given one; none reads the machine's (law 3). */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
