import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mutants, mutated, sourceOf, type Mutant } from './mutants.ts'

for (const [mutant, edits] of Object.entries(mutants))
  test(`the mutant ${mutant} still changes the source`, () => {
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const source = sourceOf(file)
      assert.notEqual(mutated(mutant as Mutant, file, source), source)
    }
  })

test('a mutant whose pattern is gone fails loudly', () => {
  assert.throws(
    () => mutated('synchronous-normal', 'store/sqlite.ts', 'select 1'),
    /no longer fits/,
  )
})
