import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { startClient } from './questions.ts'

const folder = await mkdtemp(join(tmpdir(), 'takeback-questions-'))
after(() => rm(folder, { recursive: true }))

const file = join(folder, 'client.ts')
await writeFile(
  file,
  `import { answerQuestions } from ${JSON.stringify(new URL('./questions.ts', import.meta.url).href)}
  answerQuestions({
    double: async (numbers) => numbers.map((number) => 2 * number),
    later: async () => void setTimeout(() => { throw new Error('a message came twice') }, 1),
    never: () => new Promise(() => {}),
    end: async () => process.exit(3),
  })`,
)

type Questions = {
  double(numbers: Float64Array): Promise<Float64Array>
  later(input: null): Promise<void>
  never(input: null): Promise<void>
  end(input: null): Promise<void>
}

const started = () => startClient<Questions>(pathToFileURL(file))

describe('a client process', () => {
  test('answers what it is asked, numbers as numbers', async () => {
    const client = started()
    assert.deepEqual(
      await client.ask('double', Float64Array.from([1, 0.5])),
      Float64Array.from([2, 1]),
    )
    await client.stop()
  })

  test('tells what went wrong between two questions, at whatever is asked', async () => {
    const client = started()
    await client.ask('later', null)
    await assert.rejects(client.ask('never', null), /a message came twice/)
    await assert.rejects(client.ask('double', Float64Array.of()), /a message came twice/)
    await client.stop()
  })

  test('that ends answers nothing any more, and says so', async () => {
    const client = started()
    await assert.rejects(client.ask('end', null), /ended with 3/)
    await client.stop()
  })
})
