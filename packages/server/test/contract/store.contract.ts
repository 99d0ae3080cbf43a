/**
 * What every store must do, whatever the engine (law 2). Rooms are written against this; an adapter
 * that passes may carry them.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { migrate, type Dialect } from '../../src/store/migrate.ts'
import {
  allIn,
  inList,
  insertInto,
  isWritable,
  withGiven,
  type Store,
} from '../../src/store/store.ts'

/** An empty store, not yet migrated, and ways to look at it from outside. */
export interface StoreUnderTest {
  store: Store
  dialect: Dialect
  /** Reads through a connection of its own: sees what is committed, and only that. */
  committed<Row>(sql: string): Promise<Row[]>
  /** How many commits reached the disk since the store was opened. */
  commits?: () => number
  /** Every byte that the engine keeps. */
  atRest?: () => Buffer
  close(): Promise<void>
}

export interface Engine {
  name: string
  open(): Promise<StoreUnderTest>
  /** Which of the optional ways to look at it there are; without one its tests do not exist. */
  shows: readonly ('commits' | 'atRest')[]
  /** Why it cannot be tested here: which package to install. */
  missing?: string | null
}

interface Gate {
  opened: Promise<void>
  open(): void
}

function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

/** Lets the event loop turn, so that whatever could run has run. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

interface Note {
  id: string
  body: string
  at: number
}

const insertNotes = insertInto('notes', ['id', 'body', 'at'])
const insertBodies = insertInto<Note>('notes', ['id', 'body'], 'returning id, body')
const setNotes = withGiven(
  { note: 'text', text: 'text', more: 'bigint' },
  'update notes set body = given.text, at = at + given.more from given where id = given.note',
)
const findNotes = withGiven<Note>(
  { note: 'text' },
  'select n.id, n.body, n.at from given cross join notes n where n.id = given.note',
)

export function storeContract({ name, open, shows, missing = null }: Engine): void {
  /** Of each test by itself, so that the tally says how many were not run. */
  const options = { skip: missing ?? false }

  describe(`store: ${name}`, () => {
    let tested: StoreUnderTest
    let store: Store
    let last = 0
    const nextId = () => `row-${(++last).toString().padStart(6, '0')}`

    before(async () => {
      if (missing !== null) return
      tested = await open()
      store = tested.store
      await store.transact(async (tx) => {
        await tx.run(
          `create table notes (id ${tested.dialect.text} primary key, body text, at bigint) ${tested.dialect.clustered}`,
        )
      })
    })
    after(async () => {
      if (missing === null) await tested.close()
    })

    const insert = (id: string, body: string | null = 'x', at: number | null = 1) =>
      store.transact((tx) =>
        tx.run('insert into notes (id, body, at) values ($1, $2, $3)', [id, body, at]),
      )
    const bodyOf = async (id: string) =>
      (
        await store.read((tx) =>
          tx.get<{ body: string | null }>('select body from notes where id = $1', [id]),
        )
      )?.body
    const isCommitted = async (id: string) =>
      (await tested.committed<{ id: string }>('select id from notes')).some((row) => row.id === id)

    describe('statements', () => {
      test('parameters may repeat, come in any order, and go past nine', options, async () => {
        const row = await store.read((tx) =>
          tx.get<Record<string, string>>(
            `select $2 || '' as a, $1 || '' as b, $2 || $1 as c, $11 || $10 as d,
              $3 || $4 || $5 || $6 || $7 || $8 || $9 as e`,
            ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'],
          ),
        )
        assert.deepEqual({ ...row }, { a: '2', b: '1', c: '21', d: '1110', e: '3456789' })
      })

      test('the same text with other parameters gives other rows', options, async () => {
        const [one, two] = [nextId(), nextId()]
        await insert(one, 'one')
        await insert(two, 'two')
        assert.deepEqual(
          [await bodyOf(one), await bodyOf(two), await bodyOf(one)],
          ['one', 'two', 'one'],
        )
      })

      test(
        'values come back as they went in: any text, times as numbers, null',
        options,
        async () => {
          const texts = [
            '',
            ' ',
            "';--",
            '👩‍👩‍👧‍👦 e\u0301 \u202e',
            '\u0001\n\t',
            '$1 {{x}} ?',
            '\uffff\u{10ffff}',
            'x'.repeat(100_000),
          ]
          for (const text of texts) {
            const id = nextId()
            await insert(id, text)
            assert.equal(await bodyOf(id), text)
          }
          for (const at of [0, 1, 1_768_478_400_000, 2 ** 31, Number.MAX_SAFE_INTEGER, -1, null]) {
            const id = nextId()
            await insert(id, null, at)
            const row = await store.read((tx) =>
              tx.get<{ body: string | null; at: number | null }>(
                'select body, at from notes where id = $1',
                [id],
              ),
            )
            assert.deepEqual({ ...row }, { body: null, at })
          }
        },
      )

      test('get gives undefined where there is nothing, all an empty list', options, async () => {
        assert.equal(await bodyOf('nothing'), undefined)
        assert.deepEqual(
          await store.read((tx) => tx.all('select id from notes where id = $1', ['nothing'])),
          [],
        )
      })

      test(
        'run says how many rows changed; on conflict do nothing says 0; returning returns',
        options,
        async () => {
          const id = nextId()
          const counts = await store.transact(async (tx) => [
            await tx.run('insert into notes (id, body) values ($1, $2) on conflict do nothing', [
              id,
              'a',
            ]),
            await tx.run('insert into notes (id, body) values ($1, $2) on conflict do nothing', [
              id,
              'b',
            ]),
            await tx.run('update notes set body = $2 where id = $1', [id, 'c']),
            await tx.run('delete from notes where id = $1', ['nothing']),
          ])
          assert.deepEqual(counts, [1, 0, 1, 0])
          const row = await store.transact((tx) =>
            tx.get<{ body: string }>(
              `update notes set body = body || 'd' where id = $1 returning body`,
              [id],
            ),
          )
          assert.equal(row?.body, 'cd')
          assert.equal(await bodyOf(id), 'cd')
        },
      )

      test(
        'inList finds each id once, whatever the count, and none for none',
        options,
        async () => {
          const ids = Array.from({ length: 300 }, nextId)
          await Promise.all(ids.map((id) => insert(id)))
          const shapes = new Set<string>()
          for (const count of [0, 1, 2, 3, 4, 5, 15, 16, 17, 64, 65, 256, 257, 300]) {
            const { sql, params } = inList(ids.slice(0, count), 2)
            const found = await store.read((tx) =>
              tx.all<{ id: string }>(
                `select id from notes where $1 = 'x' and id in (${sql}) order by id`,
                ['x', ...params],
              ),
            )
            assert.deepEqual(
              found.map((row) => row.id),
              ids.slice(0, count),
            )
            shapes.add(sql)
          }
          assert.ok(shapes.size <= 11, `${shapes.size} different statements`)
        },
      )

      test(
        'allIn and withGiven reach every row of a list of any length, once',
        options,
        async () => {
          for (const count of [0, 1, 3, 17, 1024, 1025, 2500]) {
            const ids = Array.from({ length: count }, nextId)
            await store.transact((tx) =>
              insertNotes(
                tx,
                ids.map((id, at) => [id, null, at]),
              ),
            )
            await store.transact((tx) =>
              setNotes.run(
                tx,
                ids.map((id, at) => [id, `body of ${id}`, at]),
              ),
            )
            const expected = ids.map((id, at) => ({ id, body: `body of ${id}`, at: 2 * at }))
            const listed = await store.read((tx) =>
              allIn<(typeof expected)[0]>(
                tx,
                ids,
                (list) => `select id, body, at from notes where id in (${list}) order by id`,
              ),
            )
            assert.deepEqual(
              listed.map((row) => ({ ...row })),
              expected,
            )
            const joined = await store.read((tx) =>
              findNotes.all(
                tx,
                ids.map((id) => [id]),
              ),
            )
            const byId = new Map(joined.map((row) => [row.id, { ...row }]))
            assert.deepEqual(
              ids.map((id) => byId.get(id)),
              expected,
            )
          }
        },
      )

      test('insertInto inserts each row once and returns what each became', options, async () => {
        for (const count of [1, 5, 64, 149]) {
          const ids = Array.from({ length: count }, nextId)
          const stored = await store.transact((tx) =>
            insertBodies(
              tx,
              ids.map((id) => [id, `of ${id}`]),
            ),
          )
          assert.deepEqual(
            stored.map(({ id, body }) => `${id} ${body}`).toSorted(),
            ids.map((id) => `${id} of ${id}`),
          )
        }
        assert.deepEqual(await store.transact((tx) => insertBodies(tx, [])), [])
      })

      test(
        'lockRow holds what was read until commit: nobody changes it in between',
        options,
        async () => {
          const id = nextId()
          await insert(id, null, 0)
          const raise = () =>
            store.transact(async (tx) => {
              const row = await tx.get<{ at: number }>(
                `select at from notes where id = $1 ${tx.lockRow}`,
                [id],
              )
              await tx.run('update notes set at = $2 where id = $1', [id, (row?.at ?? 0) + 1])
            })
          await Promise.all(Array.from({ length: 50 }, raise))
          const [row] = await tested.committed<{ at: number }>(
            `select at from notes where id = '${id}'`,
          )
          assert.equal(Number(row?.at), 50)
        },
      )
    })

    describe('a transaction', () => {
      test('is undone as a whole when its work throws, with what it threw', options, async () => {
        const [one, two] = [nextId(), nextId()]
        await assert.rejects(
          store.transact(async (tx) => {
            await tx.run('insert into notes (id) values ($1)', [one])
            await tx.run('insert into notes (id) values ($1)', [two])
            throw new Refusal('not_friends')
          }),
          (error) => error instanceof Refusal && error.code === 'not_friends',
        )
        assert.deepEqual([await bodyOf(one), await bodyOf(two)], [undefined, undefined])
        assert.equal(store.healthy(), true)
      })

      test(
        'that fails takes nobody with it: others of the same turn are committed',
        options,
        async () => {
          const ids = Array.from({ length: 9 }, nextId)
          const taken = nextId()
          await insert(taken)
          const outcomes = await Promise.allSettled(
            ids.map((id, index) =>
              store.transact(async (tx) => {
                await tx.run('insert into notes (id) values ($1)', [id])
                if (index % 3 === 1) throw new Error('by itself')
                if (index % 3 === 2) await tx.run('insert into notes (id) values ($1)', [taken])
              }),
            ),
          )
          for (const [index, id] of ids.entries()) {
            assert.equal(outcomes[index]?.status, index % 3 === 0 ? 'fulfilled' : 'rejected')
            assert.equal((await bodyOf(id)) === null, index % 3 === 0, id)
          }
          assert.equal(store.healthy(), true)
        },
      )

      test(
        'that fails as the first of its turn, after it had written, leaves nothing either',
        options,
        async () => {
          const ids = Array.from({ length: 3 }, nextId)
          const outcomes = await Promise.allSettled(
            ids.map((id, index) =>
              store.transact(async (tx) => {
                await insertBodies(tx, [[id, 'written']])
                if (index === 0) throw new Error('by itself')
              }),
            ),
          )
          assert.deepEqual(
            outcomes.map(({ status }) => status),
            ['rejected', 'fulfilled', 'fulfilled'],
          )
          assert.deepEqual(await Promise.all(ids.map(bodyOf)), [undefined, 'written', 'written'])
        },
      )

      test(
        'that meets a taken key in a statement for many rows is undone whole',
        options,
        async () => {
          const [fresh, taken] = [nextId(), nextId()]
          await insert(taken)
          await assert.rejects(
            store.transact((tx) =>
              insertBodies(tx, [
                [fresh, 'first'],
                [taken, 'second'],
              ]),
            ),
          )
          assert.equal(await bodyOf(fresh), undefined)
          assert.equal(store.healthy(), true)
        },
      )

      test('sees its own writes, and those of whom it came after', options, async () => {
        const id = nextId()
        await insert(id, '1')
        const seen = await store.transact(async (tx) => {
          await tx.run(`update notes set body = body || '2' where id = $1`, [id])
          return tx.get<{ body: string }>('select body from notes where id = $1', [id])
        })
        assert.equal(seen?.body, '12')
      })

      test('loses no update to another: a hundred at once add up', options, async () => {
        const id = nextId()
        await insert(id, null, 0)
        const heads = await Promise.all(
          Array.from({ length: 100 }, () =>
            store.transact((tx) =>
              tx.get<{ at: number }>('update notes set at = at + 1 where id = $1 returning at', [
                id,
              ]),
            ),
          ),
        )
        assert.deepEqual(new Set(heads.map((row) => row?.at)).size, 100)
        assert.equal(Math.max(...heads.map((row) => row?.at ?? 0)), 100)
      })

      test('A3 · is committed by the time it is answered', options, async () => {
        const ids = Array.from({ length: 30 }, nextId)
        await Promise.all(
          ids.map(async (id) => {
            await insert(id)
            assert.equal(await isCommitted(id), true, 'seen from outside at once')
          }),
        )
      })

      test('many more than fit one commit all get through', options, async () => {
        const ids = Array.from({ length: 2500 }, nextId)
        await Promise.all(ids.map((id) => insert(id)))
        const rows = new Set(
          (await tested.committed<{ id: string }>('select id from notes')).map((row) => row.id),
        )
        assert.ok(ids.every((id) => rows.has(id)))
      })
    })

    describe('afterCommit', () => {
      test(
        'runs once, after the commit, before or after the answer but never without it',
        options,
        async () => {
          const id = nextId()
          const seen: boolean[] = []
          const ran = gate()
          await store.transact(async (tx) => {
            tx.afterCommit(() => {
              void isCommitted(id).then((there) => {
                seen.push(there)
                ran.open()
              })
            })
            await tx.run('insert into notes (id) values ($1)', [id])
            await turns(3)
            assert.deepEqual(seen, [], 'not while it is open')
          })
          await ran.opened
          await turns()
          assert.deepEqual(seen, [true])
        },
      )

      test('never runs for what failed, though its neighbours’ do', options, async () => {
        const ran: string[] = []
        await Promise.allSettled(
          ['good', 'bad', 'good too'].map((label) =>
            store.transact(async (tx) => {
              tx.afterCommit(() => void ran.push(label))
              await tx.run('insert into notes (id) values ($1)', [nextId()])
              if (label === 'bad') throw new Error('no')
            }),
          ),
        )
        await turns()
        assert.deepEqual(ran.toSorted(), ['good', 'good too'])
      })
    })

    describe('a read', () => {
      test('cannot write, and says so; a transaction can', options, async () => {
        assert.equal(await store.read(async (tx) => isWritable(tx)), false)
        assert.equal(await store.transact(async (tx) => isWritable(tx)), true)
      })

      test(
        'O2 · never sees what is not committed: one transaction is held open, another commits',
        options,
        async () => {
          const [held, next] = [nextId(), nextId()]
          const [started, release] = [gate(), gate()]
          let released = false
          const first = store.transact(async (tx) => {
            await tx.run('insert into notes (id) values ($1)', [held])
            started.open()
            await release.opened
          })
          await started.opened
          const second = insert(next)
          const look = () =>
            store
              .read((tx) =>
                tx.all<{ id: string }>('select id from notes where id in ($1, $2)', [held, next]),
              )
              .then((rows) => ({ released, ids: rows.map((row) => row.id) }))
          const looks = [look(), look()]
          await turns()
          assert.equal(await isCommitted(held), false)
          looks.push(look())
          await turns()
          released = true
          release.open()
          await Promise.all([first, second])
          looks.push(look())
          const seen = await Promise.all(looks)
          for (const one of seen)
            if (!one.released) assert.ok(!one.ids.includes(held), 'seen too early')
          assert.deepEqual(seen.at(-1)?.ids.toSorted(), [held, next])
        },
      )

      test('O2 · never sees what is undone', options, async () => {
        const id = nextId()
        const [, seen] = await Promise.allSettled([
          store.transact(async (tx) => {
            await tx.run('insert into notes (id) values ($1)', [id])
            throw new Error('no')
          }),
          bodyOf(id),
        ])
        assert.deepEqual(seen, { status: 'fulfilled', value: undefined })
      })

      test('S7 · sees one state from its first statement to its last', options, async () => {
        const id = nextId()
        await insert(id, null, 0)
        const read = store.read(async (tx) => {
          const states: (number | undefined)[] = []
          for (let n = 0; n < 5; n++) {
            states.push(
              (await tx.get<{ at: number }>('select at from notes where id = $1', [id]))?.at,
            )
            await turns(2)
          }
          return states
        })
        const writes = Array.from({ length: 5 }, () =>
          store.transact((tx) => tx.run('update notes set at = at + 1 where id = $1', [id])),
        )
        const states = await read
        await Promise.all(writes)
        assert.equal(new Set(states).size, 1, states.join())
      })

      test('that throws harms nobody', options, async () => {
        await assert.rejects(store.read((tx) => tx.all('select nothing from nowhere')))
        await insert(nextId())
        assert.equal(store.healthy(), true)
      })
    })

    if (shows.includes('commits'))
      test('group commit: what comes in one turn shares one sync', options, async () => {
        const commits = () => tested.commits?.() ?? assert.fail('it tells of commits')
        const earlier = commits()
        await Promise.all(Array.from({ length: 200 }, () => insert(nextId())))
        assert.equal(commits() - earlier, 1)
        await insert(nextId())
        await insert(nextId())
        assert.equal(commits() - earlier, 3)
      })

    describe('migrations', () => {
      test(
        'run once, also when two start at the same time, and again is nothing',
        options,
        async () => {
          await Promise.all([
            migrate(store, tested.dialect, 1000),
            migrate(store, tested.dialect, 2000),
          ])
          const applied = () =>
            tested.committed<{ name: string; applied_at: number }>(
              'select name, applied_at from migrations',
            )
          const first = await applied()
          assert.ok(first.length > 0)
          assert.equal(new Set(first.map(({ name: file }) => file)).size, first.length)
          assert.equal(new Set(first.map(({ applied_at }) => applied_at)).size, 1)
          await migrate(store, tested.dialect, 3000)
          assert.deepEqual(await applied(), first)
          assert.deepEqual(await tested.committed('select id from messages'), [])
        },
      )
    })

    if (shows.includes('atRest'))
      test(
        'U3 · erases(): what was deleted or overwritten leaves every byte at rest',
        options,
        async () => {
          const atRest = () => tested.atRest?.() ?? assert.fail('it shows its bytes')
          await store.transact((tx) =>
            tx.run(`create table pages (place ${tested.dialect.serial}, body text)`),
          )
          const canary = (n: number) => `canary-${n}-${'abcdefgh'.repeat((n * 7919) % 700)}`
          for (let n = 0; n < 100; n++)
            await store.transact((tx) =>
              tx.run('insert into pages (body) values ($1)', [canary(n)]),
            )
          assert.ok(atRest().includes('canary-99-'), 'it is there at first')
          await store.transact(async (tx) => {
            await tx.run('update pages set body = null where place % 2 = 0')
            await tx.run('delete from pages where place % 2 = 1')
            tx.erases()
          })
          const deadline = Date.now() + 20_000
          while (atRest().includes('canary-')) {
            if (Date.now() > deadline) assert.fail('the bytes are still there')
            await new Promise((resolve) => setTimeout(resolve, 10))
          }
        },
      )

    test('closing finishes what was given; what comes later is refused', options, async () => {
      const own = await open()
      await own.store.transact((tx) => tx.run('create table t (n bigint)'))
      const given = [
        own.store.transact((tx) => tx.run('insert into t (n) values (1)')),
        own.store.read((tx) => tx.all('select n from t')),
      ]
      const closing = own.store.close()
      await Promise.all(given)
      await closing
      const refused = (error: unknown) =>
        error instanceof Refusal && error.code === 'service_degraded'
      await assert.rejects(
        own.store.transact(async () => {}),
        refused,
      )
      await assert.rejects(
        own.store.read(async () => {}),
        refused,
      )
      await own.close()
    })
  })
}
