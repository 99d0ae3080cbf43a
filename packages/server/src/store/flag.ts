import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

/** A durable yes or no that can still be changed where nothing can be added: one byte, overwritten in place. */
export interface Flag {
  raised(): boolean
  /** Durable once it returns. */
  set(raised: boolean): void
  close(): void
}

const YES = 0x31
const NO = 0x30

export function openFlag(file: string): Flag {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
  const byte = Buffer.of(NO)
  const write = (value: number) => {
    byte[0] = value
    writeSync(fd, byte, 0, 1, 0)
    fsyncSync(fd)
  }
  if (fstatSync(fd).size === 0) write(NO)
  else readSync(fd, byte, 0, 1, 0)
  return {
    raised: () => byte[0] === YES,
    set(raised) {
      const value = raised ? YES : NO
      if (byte[0] !== value) write(value)
    },
    close: () => closeSync(fd),
  }
}
