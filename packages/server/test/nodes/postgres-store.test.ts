/** What only a store that other nodes write to, and that can be lost, must do besides the contract (Q). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { hostsOf } from '../../src/store/postgres-lane.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Store, Transaction } from '../../src/store/store.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../../../../scripts/postgres.ts'

const unavailable = (error: unknown) =>
  error instanceof Refusal && error.code === 'storage_unavailable'

test('a URL may name several hosts', () => {
  assert.deepEqual(hostsOf('postgres://u:p%40@one:1,two:2/name?sslmode=require'), [
    'postgres://u:p%40@one:1/name?sslmode=require',
    'postgres://u:p%40@two:2/name?sslmode=require',
  ])
  assert.deepEqual(hostsOf('postgres://one/name'), ['postgres://one/name'])
})

const options = { skip: postgresMissing ?? false }

describe('the store of several nodes', () => {
  let database: TestPostgres
  let store: Store
  let url: string
  before(async () => {
    if (postgresMissing !== null) return
    database = await startPostgres()
    url = await database.createDatabase()
    store = openPostgres({ url })
    await store.transact(async (tx) => {
      await tx.run('create table notes (id text primary key, n bigint)')
      await tx.run("insert into notes (id, n) values ('a', 0), ('b', 0)")
    })
  })
  after(async () => {
    if (postgresMissing !== null) return
    await store.close()
    await database.stop()
  })

  const add = (tx: Transaction, id: string) =>
    tx.run('update notes set n = n + 1 where id = $1', [id])
  const sums = () =>
    store
      .read((tx) => tx.all<{ n: number }>('select n from notes order by id'))
      .then((rows) => rows.map(({ n }) => n))

  test('two that wait for each other crosswise both get through, once each', options, async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const before_ = await sums()
    let runs = 0
    await Promise.all([
      store.transact(async (tx) => {
        runs++
        await add(tx, 'a')
        first.resolve()
        await second.promise
        await add(tx, 'b')
      }),
      store.transact(async (tx) => {
        runs++
        await add(tx, 'b')
        second.resolve()
        await first.promise
        await add(tx, 'a')
      }),
    ])
    assert.equal(runs, 3, 'one of them was run again')
    assert.deepEqual(
      await sums(),
      before_.map((n) => n + 2),
    )
  })

  test(
    'a race for a unique key: who lost looks again and finds what the other stored',
    options,
    async () => {
      const store_ = (value: number) =>
        store.transact(async (tx) => {
          const known = await tx.get<{ n: number }>("select n from notes where id = 'unique'")
          if (known !== undefined) return known.n
          await tx.run("insert into notes (id, n) values ('unique', $1)", [value])
          return value
        })
      const stored = await Promise.all([1, 2, 3, 4, 5].map(store_))
      assert.equal(new Set(stored).size, 1)
      await store.transact((tx) => tx.run("delete from notes where id = 'unique'"))
    },
  )

  test('a statement that failed and was not minded commits nothing', options, async () => {
    const before_ = await sums()
    await assert.rejects(
      store.transact(async (tx) => {
        await add(tx, 'a')
        await tx.run('this is no statement').catch(() => {})
      }),
    )
    assert.deepEqual(await sums(), before_)
    assert.equal(store.healthy(), true)
  })

  test(
    'a connection that is lost before the commit: the work is done on another, once',
    options,
    async () => {
      const before_ = await sums()
      let runs = 0
      await store.transact(async (tx) => {
        runs++
        await add(tx, 'a')
        if (runs === 1)
          await tx.all('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
        await add(tx, 'b')
      })
      assert.equal(runs, 2)
      assert.deepEqual(
        await sums(),
        before_.map((n) => n + 1),
      )
    },
  )

  test('after a loss no statement runs outside of its transaction', options, async () => {
    const before_ = await sums()
    for (let round = 0; round < 20; round++)
      await store
        .transact(async (tx) => {
          const lost = tx.all('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
          const adding = Array.from({ length: 50 }, () => add(tx, 'a'))
          await lost
          await Promise.allSettled(adding)
          await new Promise((resolve) => setTimeout(resolve, 5))
          await add(tx, 'b')
          throw new Error('never')
        })
        .catch(() => {})
    assert.deepEqual(await sums(), before_)
  })

  test(
    'while PostgreSQL is gone everything is refused with storage_unavailable, reads too; then it goes on',
    options,
    async () => {
      const before_ = await sums()
      await database.kill()
      await assert.rejects(
        store.transact((tx) => add(tx, 'a')),
        unavailable,
      )
      await assert.rejects(sums(), unavailable)
      assert.equal(store.healthy(), false)
      await database.start()
      while (!store.healthy()) await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual(await sums(), before_)
      await store.transact((tx) => add(tx, 'a'))
    },
  )

  test(
    'an idle node notices that PostgreSQL went, without being asked for anything',
    options,
    async () => {
      await database.kill()
      while (store.healthy()) await new Promise((resolve) => setTimeout(resolve, 20))
      await database.start()
      while (!store.healthy()) await new Promise((resolve) => setTimeout(resolve, 20))
    },
  )

  test(
    'what is looked up with a NUL is found nowhere, as on the embedded store',
    options,
    async () => {
      const found = await store.read((tx) => tx.all('select id from notes where id = $1', ['a\0']))
      assert.deepEqual(found, [])
    },
  )

  test('of several hosts, the one that takes writes is found', options, async () => {
    const nobody = new URL(url)
    nobody.port = '1'
    const several = url.replace(new URL(url).host, `${nobody.host},${new URL(url).host}`)
    const other = openPostgres({ url: several })
    await other.transact((tx) => add(tx, 'a'))
    await other.close()
  })

  test('a failing read takes no neighbour with it', options, async () => {
    const outcomes = await Promise.allSettled([
      sums(),
      store.read((tx) => tx.all('select nothing from nowhere')),
      sums(),
      store.read(async () => {
        throw new Refusal('not_found')
      }),
      sums(),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
  })
})
