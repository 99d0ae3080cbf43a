/**
 * Deliberate defects: a test that does not catch its mutant proves nothing (PROMISES.md). The
 * product has no hooks for this. Loaded with `--import` and named by an environment variable, this
 * module rewrites the source of the server while it is being loaded, in all its threads.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

interface Edit {
  /** Below packages/server/src. */
  file: string
  find: string
  replace: string
}

const AFTER_COMMANDS = `      for (const [index, write] of batch.entries()) await runCommand(write, index === 0)
`

export const mutants = {
  /** Commits are not synced: a power cut takes what was acknowledged (A1). */
  'synchronous-normal': [
    {
      file: 'store/sqlite.ts',
      find: 'pragma synchronous = full;',
      replace: 'pragma synchronous = normal;',
    },
  ],
  /** Answers leave before their commit is on disk (A3). */
  'reply-before-commit': [
    {
      file: 'store/sqlite.ts',
      find: AFTER_COMMANDS,
      replace: `${AFTER_COMMANDS}
      for (const { outcome, resolve } of batch)
        if (outcome !== null && 'value' in outcome) resolve(outcome.value as never)
      await new Promise((go) => setTimeout(go, 5))
`,
    },
  ],
  /** Whether a client id is known is asked in a read of its own, before the write (A2). */
  'dedupe-outside': [
    {
      file: 'messaging/send.ts',
      find: `    messagesByClientId(
      tx,
      sendings.map(({ caller, input }) => ({
        sender_id: caller.account_id,
        client_id: input.client_id,
      })),
    ),`,
      replace: `sendings.flatMap(({ input }) => (input as { known?: MessageRow[] }).known ?? []),`,
    },
    {
      file: 'core/handlers.ts',
      find: `'messages.send': (caller, input) => send({ caller, input }),`,
      replace: `'messages.send': async (caller, input) => {
      const { messagesByClientId } = await import('../messaging/message-tables.ts')
      const key = { sender_id: caller.account_id, client_id: input.client_id }
      const known = await store.read((tx) => messagesByClientId(tx, [key]))
      return send({ caller, input: { ...input, known } as typeof input })
    },`,
    },
  ],
  /** A sync that failed is taken for any other trouble of the store (A4). */
  'sync-error-ignored': [
    {
      file: 'store/sqlite-errors.ts',
      find: 'return code !== null && syncCodes.has(code)',
      replace: 'return false',
    },
  ],
  /** After a failed sync the process tidies up before it ends, and so retries the sync (A4). */
  'tidy-exit': [
    {
      file: 'store/unsynced.ts',
      find: "process.kill(process.pid, 'SIGKILL')",
      replace: `void Promise.all([import('node:sqlite'), import('node:worker_threads')]).then(
      ([{ DatabaseSync }, { workerData }]) => {
        new DatabaseSync(workerData.file).exec('pragma wal_checkpoint(truncate)')
        process.exit(1)
      },
    )`,
    },
  ],
  /** No defect: the log is moved into the database early, so that a test need not write megabytes first. */
  'short-log': [
    {
      file: 'store/sqlite.ts',
      find: 'const MAX_LOG_PAGES = 32_000',
      replace: 'const MAX_LOG_PAGES = 200',
    },
  ],
  /** The log is moved into the database by SQLite itself, which tells nobody of a failure (A4). */
  'silent-checkpoint': [
    {
      file: 'store/sqlite.ts',
      find: 'pragma wal_autocheckpoint = 0;',
      replace: 'pragma wal_autocheckpoint = 200;',
    },
    {
      file: 'store/sqlite.ts',
      find: 'const MAX_LOG_PAGES = 32_000',
      replace: 'const MAX_LOG_PAGES = Number.POSITIVE_INFINITY',
    },
  ],
  /** Nothing moves erased bytes out of the write-ahead log (U3). */
  'no-erasure': [
    {
      file: 'store/sqlite.ts',
      find: 'erases: () => void write.afterCommit.push(scheduleErasure),',
      replace: 'erases: () => {},',
    },
  ],
  /** A text that was unsent is only pointed at no more (U3). */
  'no-overwriting': [
    {
      file: 'messaging/message-tables.ts',
      find: `tx.run('update texts set body = $2 where id = $1', [id, ' '.repeat(Buffer.byteLength(body))])`,
      replace: 'Promise.resolve([tx, id, body].length)',
    },
  ],
} satisfies Record<string, Edit[]>

export type Mutant = keyof typeof mutants

const VARIABLE = 'TAKEBACK_TEST_MUTANT'
const sources = new URL('../src/', import.meta.url)

/** The environment in which a server process becomes the mutant. */
export const mutantEnvironment = (mutant: Mutant): Record<string, string> => ({
  NODE_OPTIONS: `--import=${import.meta.url}`,
  [VARIABLE]: mutant,
})

/** @throws AssertionError when the source has moved on and the mutant would change nothing */
export function mutated(mutant: Mutant, file: string, source: string): string {
  let text = source
  for (const edit of mutants[mutant]) {
    if (edit.file !== file) continue
    assert.equal(
      text.split(edit.find).length,
      2,
      `The mutant ${mutant} no longer fits ${file}: its pattern must stand there exactly once.`,
    )
    text = text.replace(edit.find, () => edit.replace)
  }
  return text
}

export const sourceOf = (file: string): string => readFileSync(new URL(file, sources), 'utf8')

const chosen = process.env[VARIABLE]
if (chosen !== undefined) {
  assert.ok(chosen in mutants, `There is no mutant ${chosen}.`)
  const mutant = chosen as Mutant
  const urls = new Map(mutants[mutant].map(({ file }) => [new URL(file, sources).href, file]))
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const file = urls.get(url)
      if (file === undefined) return loaded
      return { ...loaded, source: mutated(mutant, file, sourceOf(file)) }
    },
  })
}
