/**
 * `npm run bench [-- NAME …]`: measures every figure, or those named, and prints them with their
 * targets, limits and peers of the same run. `--json FILE` writes the same for programs.
 * Exits 1 if a measurement failed or lost a message; a missed target is a result, not a failure.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figure, Measurement } from './figure.ts'
import { describeMachine } from './machine.ts'
import { table } from './table.ts'

interface Bench {
  figures: string[]
  load: () => Promise<Measurement>
}

/** In the order in which they run. */
const benches: Record<string, Bench> = {
  throughput: {
    figures: ['F1', 'F2'],
    load: async () => (await import('./figures/throughput.ts')).throughput,
  },
  latency: {
    figures: ['F3'],
    load: async () => (await import('./figures/latency.ts')).latency,
  },
  cluster: {
    figures: ['F7'],
    load: async () => (await import('./figures/cluster.ts')).cluster,
  },
  history: {
    figures: ['F5', 'F6', 'F10'],
    load: async () => (await import('./figures/history.ts')).history,
  },
  idle: {
    figures: ['F4'],
    load: async () => (await import('./figures/idle.ts')).idle,
  },
  herd: {
    figures: ['F8'],
    load: async () => (await import('./figures/herd.ts')).herd,
  },
  web: {
    figures: ['F9'],
    load: async () => (await import('./figures/web.ts')).web,
  },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    help: { type: 'boolean' },
    pairs: { type: 'string' },
    window: { type: 'string' },
    seconds: { type: 'string' },
    cache: { type: 'string' },
    scale: { type: 'string' },
  },
})

const usage = `npm run bench [-- NAME …] [--json FILE] [--pairs N] [--window N] [--seconds N] [--cache DIR] [--scale medium]

${Object.entries(benches)
  .map(([name, { figures }]) => `  ${name.padEnd(12)} ${figures.join(', ')}`)
  .join('\n')}
`

const unknown = positionals.filter((name) => !Object.hasOwn(benches, name))
if (values.help === true || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`No such bench: ${unknown.join(', ')}.\n`)
  process.stdout.write(usage)
  process.exit(unknown.length > 0 ? 1 : 0)
}

const { json, help: _, ...options } = values
const chosen = Object.entries(benches).filter(
  ([name]) => positionals.length === 0 || positionals.includes(name),
)
const machine = describeMachine()
const figures: Figure[] = []
for (const [name, bench] of chosen) {
  process.stdout.write(`${name}\n`)
  const folder = await mkdtemp(join(tmpdir(), 'takeback-bench-'))
  try {
    const measure = await bench.load()
    figures.push(
      ...(await measure({
        folder,
        say: (text) => void process.stdout.write(`  ${text}\n`),
        options,
        figures,
      })),
    )
  } catch (error) {
    process.exitCode = 1
    process.stderr.write(
      `${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`,
    )
    for (const id of bench.figures)
      figures.push({
        id,
        name,
        value: null,
        unit: '',
        limit: null,
        peers: [],
        target: '',
        ok: null,
        note: `The measurement failed: ${error instanceof Error ? error.message : String(error)}`,
      })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

process.stdout.write(
  `\n${machine.processor}, ${machine.cores} cores, ${machine.memory} GiB, Node ${machine.node}, commit ${machine.commit}\n\n${table(figures)}\n`,
)
if (json !== undefined) await writeFile(json, `${JSON.stringify({ machine, figures }, null, 2)}\n`)
