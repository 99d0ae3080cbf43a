import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/world.ts'
import { holdAlone, InUse } from './lock.ts'

test('what one process holds, another cannot, until it is released', (t) => {
  const folder = temporaryFolder()
  t.after(folder.remove)
  const file = join(folder.path, 'lock')
  const tryElsewhere = () =>
    spawnSync(process.execPath, [
      '--input-type=module',
      '-e',
      `import { holdAlone } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
       holdAlone(${JSON.stringify(file)})`,
    ]).status
  const held = holdAlone(file)
  assert.notEqual(tryElsewhere(), 0)
  assert.throws(() => holdAlone(file), InUse)
  held.release()
  assert.equal(tryElsewhere(), 0)
  // The other process has ended without releasing: nothing of its lock is left.
  holdAlone(file).release()
})
