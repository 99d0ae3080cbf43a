import { join } from 'node:path'
import type { TestsStream } from 'node:test'
import { root } from './paths.ts'

/** Of each test process. Handles left open must not keep a finished file alive. */
export const childFlags = ['--import', join(root, 'scripts/test-child.ts'), '--test-force-exit']

export interface TestEvent {
  type: string
  data: unknown
}

interface Summary {
  file?: string
  counts: { tests: number }
}

interface Outcome {
  name: string
  nesting: number
  file?: string
  skip?: string | boolean
  todo?: string | boolean
  details: { type?: string; error?: { failureType?: string } }
}

/**
 * Counts leaf tests. A suite, or a test that has subtests, counts only when it failed by itself
 * (a hook, an assertion of its own); a todo counts as failed; so does a file that holds no test.
 */
export class Tally {
  passed = 0
  failed = 0
  /** What the report above does not explain: skips with their reasons, todos, files without a test. */
  readonly notes: string[] = []
  #skipped = 0
  /** Leaf tests that passed, by file. */
  readonly #leaves = new Map<string | undefined, number>()
  /** Results come children first, so a result one level up follows those it contains. */
  readonly #deeper = new Map<string | undefined, number>()

  /** Results seen of each file, until its own summary confirms them. */
  readonly #unconfirmed = new Map<string, number>()
  /** Results that summaries count and that did not come under the file's own name. */
  #missing = 0

  add(event: TestEvent): void {
    if (event.type === 'test:summary') this.#confirm(event.data as Summary)
    if (event.type !== 'test:pass' && event.type !== 'test:fail') return
    const outcome = event.data as Outcome
    const parent = (this.#deeper.get(outcome.file) ?? 0) > outcome.nesting
    this.#deeper.set(outcome.file, outcome.nesting)
    const group = parent || outcome.details.type === 'suite'

    this.#note(outcome)

    if (event.type === 'test:fail') {
      if (!group || outcome.details.error?.failureType !== 'subtestsFailed') this.failed++
    } else if (isSet(outcome.skip)) {
      const reason = typeof outcome.skip === 'string' ? outcome.skip : 'no reason given'
      this.#skipped++
      this.notes.push(`skipped: ${outcome.name} (${reason})`)
    } else if (isSet(outcome.todo)) this.fail(`not written yet: ${outcome.name}`)
    else if (outcome.name === outcome.file) this.fail(`holds no test: ${outcome.name}`)
    else if (!group) {
      this.passed++
      this.#leaves.set(outcome.file, (this.#leaves.get(outcome.file) ?? 0) + 1)
    }
  }

  /** Tests of these files, which have run once, cannot run once more. */
  skip(files: readonly string[], why: string): void {
    const count = files.reduce((sum, file) => sum + (this.#leaves.get(file) ?? 0), 0)
    this.#skipped += count
    this.notes.push(`skipped: ${count} ${count === 1 ? 'test' : 'tests'} ${why}`)
  }

  fail(why: string): void {
    this.failed++
    this.notes.push(why)
  }

  #note({ file, name, details }: Outcome): void {
    if (file === undefined || details.type === 'suite') return
    // The result of the file as a whole stands for itself: it is all there is, or the file died.
    if (name === file) this.#unconfirmed.delete(file)
    else this.#unconfirmed.set(file, (this.#unconfirmed.get(file) ?? 0) + 1)
  }

  #confirm({ file, counts }: Summary): void {
    if (file === undefined) return
    this.#missing += counts.tests - (this.#unconfirmed.get(file) ?? 0)
    this.#unconfirmed.delete(file)
  }

  /**
   * After the last event: results that did not arrive must not pass for a short run. Those of a
   * contract suite come under its own name, while the file that ran it counts them.
   */
  finish(): void {
    const elsewhere = [...this.#unconfirmed.values()].reduce((sum, count) => sum + count, 0)
    if (elsewhere !== this.#missing)
      this.fail(`results were lost: ${this.#missing - elsewhere} of those that were counted`)
  }

  get good(): boolean {
    return this.failed === 0 && this.passed > 0
  }

  toString(): string {
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : ''
    return `${this.passed} passed, ${this.failed} failed${skipped}`
  }
}

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false
}

/** Totals of one `run()` would stand in the middle of the report; the tally replaces them. */
export async function* withoutTotals(stream: TestsStream): AsyncGenerator<TestEvent> {
  for await (const event of stream as AsyncIterable<TestEvent>) {
    const { nesting, file } = event.data as { nesting?: number; file?: string }
    if (event.type === 'test:summary' && file === undefined) continue
    if (event.type === 'test:diagnostic' && nesting === 0 && file === undefined) continue
    yield event
  }
}

/** The same for the report and the tally, with the engine in the test's name: failures are listed far below. */
export function onEngine(engine: string, event: TestEvent): TestEvent {
  const data = event.data as { name?: string; file?: string }
  // A file's own result bears the file's name.
  if (data.name === undefined || data.name === data.file) return event
  return { ...event, data: { ...data, name: `${data.name} [${engine}]` } }
}
