/** Primary result codes (https://sqlite.org/rescode.html) that mean the file cannot be written or read. */
const storageCodes = new Set([
  5, // BUSY: another process holds the file
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
])
/** Extended codes of a sync that failed: IOERR_FSYNC, IOERR_DIR_FSYNC. */
const syncCodes = new Set([1034, 1290])

const sqliteCode = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : null

export function isStorageFailure(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && storageCodes.has(code & 0xff)
}

export function isSyncFailure(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && syncCodes.has(code)
}
