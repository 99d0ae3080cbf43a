/**
 * `npm test [-- part-of-a-path …]`: every *.test.ts of the packages and of test/, each file in a
 * process of its own; files that say `// both engines` once more on PostgreSQL. The last line is the
 * tally. Exits 1 on a failure, or if no test ran.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { ensureWebBuilt } from './build-web.ts'
import { root } from './paths.ts'
import { postgresMissing, startPostgres } from './postgres.ts'
import { childFlags, onEngine, Tally, withoutTotals } from './tally.ts'
import { watchTestProcesses } from './watchdog.ts'

/** Default for a single test; one that needs longer says so in its own options. */
const TEST_MS = 120_000

const filters = process.argv.slice(2)
const found = globSync(['packages/*/{src,test}/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'], {
  cwd: root,
}).sort()
const unrunnable = found.filter((file) => file.endsWith('.tsx'))
if (unrunnable.length > 0)
  throw new Error(`Node runs no .tsx: ${unrunnable.join(', ')}. Name tests *.test.ts.`)

const chosen = found.filter(
  (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
)
/** Browsers and load need both cores, so such files run one at a time after all others. */
const usesBrowser = (file: string) => /from '[^']*browser\.ts'/.test(source(file))
const runsAlone = (file: string) => usesBrowser(file) || /^\/\/ runs alone: /m.test(source(file))
const onBothEngines = chosen.filter((file) => /^\/\/ both engines$/m.test(source(file)))

const tally = new Tally()
const watch = watchTestProcesses()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    watch.stop()
    process.exit(130)
  })

if (chosen.some(usesBrowser)) buildWebApp()

const events = new PassThrough({ objectMode: true })
const report = events.compose(new spec()) as Readable
report.pipe(process.stdout, { end: false })
const reported = new Promise((resolve) => report.on('end', resolve))
await runFiles(chosen)
if (onBothEngines.length > 0) await runOnPostgres()
tally.finish()
events.end()
await reported

const leftovers = watch.stop()
for (const { command } of leftovers)
  console.log(`ended a process that a test left behind: ${command.slice(0, 200)}`)
for (const note of tally.notes) console.log(note)
if (chosen.length === 0) console.log(`No test file matches ${filters.join(' ') || 'anything'}.`)

process.exitCode = tally.good ? 0 : 1
process.stdout.write(`${tally.toString()}\n`, () => process.exit())

/** @param engine named with each test */
async function runFiles(files: string[], engine?: string): Promise<void> {
  const alone = files.filter(runsAlone)
  const together = files.filter((file) => !alone.includes(file))
  for (const [some, concurrency] of [
    [together, 2],
    [alone, 1],
  ] as const) {
    if (some.length === 0) continue
    const stream = run({
      files: some.map((file) => join(root, file)),
      isolation: 'process',
      concurrency,
      execArgv: [...childFlags, `--test-timeout=${TEST_MS}`],
    })
    for await (const told of withoutTotals(stream)) {
      const event = engine === undefined ? told : onEngine(engine, told)
      tally.add(event)
      events.write(event)
    }
  }
}

/** The same tests once more, each database a fresh one of a throw-away cluster. */
async function runOnPostgres(): Promise<void> {
  if (postgresMissing !== null)
    return tally.skip(
      onBothEngines.map((file) => join(root, file)),
      `on PostgreSQL: ${postgresMissing}`,
    )
  // Nothing is killed here: what a sync is for has its own tests.
  const cluster = await startPostgres({ fsync: false })
  process.env['TAKEBACK_TEST_ENGINE'] = 'postgres'
  process.env['TAKEBACK_TEST_POSTGRES'] = cluster.url
  // Through the report, so that it stands in its place.
  events.write({ type: 'test:stdout', data: { message: '\nOn PostgreSQL:\n' } })
  await runFiles(onBothEngines, 'PostgreSQL')
  await cluster.stop()
}

function buildWebApp(): void {
  try {
    ensureWebBuilt()
  } catch (error) {
    tally.fail(error instanceof Error ? error.message : String(error))
  }
}

function source(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
