/**
 * Loaded into every test process. `--test-force-exit` ends a process as soon as its tests are done,
 * also with its report still on the way: without this, a busy machine loses results, failures too.
 */
interface WithHandle {
  _handle?: { setBlocking?: (blocking: boolean) => void }
}

;(process.stdout as unknown as WithHandle)._handle?.setBlocking?.(true)
