import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { createSqlite } from '../../test/database.ts'
import { temporaryFolder } from '../../test/world.ts'
import { openSqliteReader } from './sqlite-reader.ts'
import { CannotWrite, type Reader } from './store.ts'

const folder = temporaryFolder()
const file = join(folder.path, 'store.db')
const writer = createSqlite(file).open()
await writer.transact((tx) => tx.run('create table notes (id integer primary key, body text)'))
const reader = openSqliteReader(file)
after(async () => {
  await reader.close()
  await writer.close()
  folder.remove()
})

const count = async (tx: Reader) =>
  (await tx.get<{ count: number }>('select count(*) as count from notes'))?.count ?? 0
const add = () => writer.transact((tx) => tx.run("insert into notes (body) values ('x')"))

describe('a reader beside the writer', () => {
  test('O2 · sees what was committed before it was asked, each time', async () => {
    for (let before = await reader.read(count); before < 50; before++) {
      await add()
      assert.equal(await reader.read(count), before + 1)
    }
  })

  test('O2 · never sees what is not committed', async () => {
    const before = await reader.read(count)
    let go = () => {}
    const held = new Promise<void>((resolve) => (go = resolve))
    const writing = writer.transact(async (tx) => {
      await tx.run("insert into notes (body) values ('held')")
      await held
    })
    assert.equal(await reader.read(count), before)
    go()
    await writing
    assert.equal(await reader.read(count), before + 1)
  })

  test('S7 · sees one state from its first statement to its last', async () => {
    const [first, last] = await reader.read(async (tx) => {
      const counted = await count(tx)
      await add()
      return [counted, await count(tx)]
    })
    assert.equal(first, last)
  })

  test('that throws harms nobody it reads together with', async () => {
    const outcomes = await Promise.allSettled([
      reader.read(count),
      reader.read(() => Promise.reject(new Error('mine'))),
      reader.read((tx) => tx.all('select nothing from nowhere')),
      reader.read(count),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
  })

  test('cannot write, and says so', async () => {
    await assert.rejects(
      reader.transact(() => Promise.resolve()),
      CannotWrite,
    )
    await assert.rejects(reader.read((tx) => tx.all("insert into notes (body) values ('y')")))
  })

  test('lets the writer empty its log between two reads (U3)', async () => {
    await add()
    await reader.read(count)
    await writer.transact(async (tx) => tx.erases())
    assert.equal(await reader.read(count), await writer.read(count))
  })

  test('refuses what comes after it was closed', async () => {
    const closed = openSqliteReader(file)
    await closed.close()
    await assert.rejects(
      closed.read(count),
      (error) => error instanceof Refusal && error.code === 'service_degraded',
    )
  })
})
