import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pages } from '../scripts/docs.ts'
import { root } from '../scripts/paths.ts'

for (const [file, text] of Object.entries(pages()))
  test(`${file} says what the tables say`, () => {
    const committed = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : ''
    assert.ok(committed === `${text}\n`, 'Run `npm run docs` and commit the page with the change.')
  })
