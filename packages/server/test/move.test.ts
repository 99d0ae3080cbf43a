/** Moving from one file to PostgreSQL where things go wrong. The long way round is test/nodes/move.test.ts. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test, type TestContext } from 'node:test'
import postgres from 'postgres'
import { postgresMissing, startPostgres } from '../../../scripts/postgres.ts'
import { move, whyHalfMoved, type MoveProgress } from '../src/store/move.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { createPostgres, createSqlite, type TestDatabase } from './database.ts'
import { seededRandom } from './faults/seed.ts'
import {
  assertEqual,
  bytesIn,
  fatten,
  makePast,
  refusesToMove,
  runMove,
  startMove,
  type Past,
} from './move/past.ts'
import { historyOf, newClientId, say, takeBack } from './rooms.ts'
import { befriend, signUp, spawnServer, startTestCore, temporaryFolder } from './world.ts'

const NOW = Date.UTC(2026, 10, 24)

/** A data folder and an empty database, both gone when the test is over. */
async function places(t: TestContext) {
  const folder = temporaryFolder()
  t.after(folder.remove)
  const target = await createPostgres()
  t.after(target.remove)
  return { data: folder.path, target, url: urlOf(target) }
}

const urlOf = ({ environment }: TestDatabase): string => environment['TAKEBACK_DATABASE_URL'] ?? ''

/** In this process; `at` may do what it likes in the middle, or end it. */
async function moveHere(
  data: string,
  target: TestDatabase,
  at: (progress: MoveProgress, end: () => void) => void = () => {},
) {
  const store = target.open()
  const interruption = new AbortController()
  try {
    return await move({
      file: join(data, 'takeback.db'),
      target: store,
      now: NOW,
      signal: interruption.signal,
      onProgress: (progress) => at(progress, () => interruption.abort()),
    })
  } finally {
    await store.close()
  }
}

const untilTextsAreCopied = ({ step, table, done, of }: MoveProgress, end: () => void): void => {
  if (step === 'copying' && table === 'messages' && done === of) end()
}

/** Runs a statement as the owner of the database. */
async function execute(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

const executeHere = (data: string, statement: string): void => {
  const db = new DatabaseSync(join(data, 'takeback.db'))
  db.exec(statement)
  db.close()
}

const callerOn = async (past: Past, data: string) => {
  const tested = await startTestCore({ database: createSqlite(join(data, 'takeback.db')) })
  const { account_id, device_id } = past.a
  return {
    tested,
    a: {
      ...past.a,
      call: (name, input) => tested.core.call(name, { account_id, device_id }, input),
    } as Past['a'],
  }
}

describe('moving', { skip: postgresMissing ?? false }, () => {
  test('every table and row arrives, what is gone does not, and not a byte of the source changes (U2)', async (t) => {
    const { data, target, url } = await places(t)
    const past = await makePast(data)
    const before = bytesIn(data)
    const { code, output } = await runMove(data, url)
    assert.equal(code, 0, output)
    assert.deepEqual(bytesIn(data), before)
    await assertEqual(data, target)
    const all = await target.atRest()
    for (const text of past.gone) assert.ok(!all.includes(JSON.stringify(text).slice(1, -1)), text)
    assert.ok(all.includes('said otherwise'))
    // Identity goes on after the highest id.
    const [counter] = await target.committed<{ next: number; max: number }>(
      `select nextval(pg_get_serial_sequence('texts', 'id')) as next, (select max(id) from texts) as max`,
    )
    assert.equal(counter?.next, (counter?.max ?? 0) + 1)
  })

  test('what a crash left in the log is moved too, and it stays as the crash left it', async (t) => {
    const { data, target, url } = await places(t)
    const server = await spawnServer(data, { TAKEBACK_ERASURE_SECONDS: '30' })
    t.after(() => server.stop('SIGKILL'))
    const [a, b] = [await signUp(server.url, 'anna'), await signUp(server.url, 'bert')]
    const conversation = await befriend(a, b)
    const client_id = newClientId()
    const sending = { conversation_id: conversation, client_id, text: 'only in the log' }
    await a.client.call('messages.send', sending)
    await server.stop('SIGKILL')
    assert.ok(statSync(join(data, 'takeback.db-wal')).size > 0)
    assert.ok(!readFileSync(join(data, 'takeback.db')).includes('only in the log'))

    // As a copy of the folder may be, without the index that SQLite makes anew by itself.
    const copy = temporaryFolder()
    t.after(copy.remove)
    cpSync(data, copy.path, { recursive: true })
    rmSync(join(copy.path, 'takeback.db-shm'))
    const second = await createPostgres()
    t.after(second.remove)
    for (const [folder, to] of [
      [data, url],
      [copy.path, urlOf(second)],
    ] as const) {
      const before = bytesIn(folder)
      const { code, output } = await runMove(folder, to)
      assert.equal(code, 0, output)
      assert.deepEqual(bytesIn(folder), before)
    }
    assert.ok((await target.atRest()).includes('only in the log'))
    await assertEqual(copy.path, second)
    await assertEqual(data, target)
  })

  test('what was taken back between an interrupted move and the next does not stay there (U1)', async (t) => {
    const { data, target } = await places(t)
    const past = await makePast(data)
    await assert.rejects(moveHere(data, target, untilTextsAreCopied), /Interrupted/)
    const text = 'nobody has this'
    assert.ok((await target.atRest()).includes(text), 'It had been copied.')
    const { tested, a } = await callerOn(past, data)
    const last = past.messages.at(-1)
    assert.ok(last)
    await takeBack(a, last)
    await tested.close()
    assert.equal(await moveHere(data, target), 'moved')
    assert.ok(!(await target.atRest()).includes(text))
    await assertEqual(data, target)
  })

  test('interrupted at any place, time and again: it goes on from there, and no server starts meanwhile', async (t) => {
    const { data, target, url } = await places(t)
    await makePast(data)
    fatten(data, 30_000)
    const before = bytesIn(data)
    const random = seededRandom(t)
    let highest = 0
    for (let round = 0; round < 6; round++) {
      let left = random.between(1, 20)
      const outcome = await moveHere(data, target, ({ step, table, done }, end) => {
        if (step === 'copying' && table === 'texts') {
          assert.ok(done >= highest, 'What was copied is not copied again.')
          highest = done
        }
        if (left-- === 0) end()
      }).catch((error: Error) => error.message)
      if (outcome === 'moved' || outcome === 'there') break
      assert.match(outcome, /^Interrupted/)
      const store = target.open()
      assert.match((await whyHalfMoved(store)) ?? '', /being moved/)
      await store.close()
    }
    const killed = startMove(data, url)
    killed.child.kill('SIGKILL')
    await killed.ended
    const { code, output } = await runMove(data, url)
    assert.equal(code, 0, output)
    assert.deepEqual(bytesIn(data), before)
    await assertEqual(data, target)
    const again = await runMove(data, url)
    assert.equal(again.code, 0)
    assert.match(again.output, /is there already, row for row/)
  })

  test('Ctrl-C ends it in order', async (t) => {
    const { data, target, url } = await places(t)
    await makePast(data)
    fatten(data)
    const run = startMove(data, url)
    await run.said(/copying accounts/)
    run.child.kill('SIGINT')
    assert.equal(await run.ended, 1)
    assert.match(run.errors(), /^Interrupted\. What was copied stays/)
    // A server says so and does not start.
    await assert.rejects(spawnServer(data, target.environment), /being moved into it/)
  })

  test('PostgreSQL killed in the middle: a sentence, and it goes on once it is back (Q)', async (t) => {
    const folder = temporaryFolder()
    t.after(folder.remove)
    const data = folder.path
    await makePast(data)
    fatten(data)
    const cluster = await startPostgres()
    t.after(() => cluster.stop())
    const url = await cluster.createDatabase()
    const run = startMove(data, url)
    await run.said(/copying accounts/)
    await cluster.kill()
    assert.equal(await run.ended, 1)
    assert.match(
      run.errors(),
      /^PostgreSQL could not be used: .*the same command goes on from there\.\n$/,
    )
    await cluster.start()
    const { code, output } = await runMove(data, url)
    assert.equal(code, 0, output)
    assert.match(output, /Moved, and every row compared/)
    const store = openPostgres({ url })
    assert.equal(await whyHalfMoved(store), null)
    await store.close()
  })

  test('where somebody read while nothing could be written, an unsend leaves its line there too', async (t) => {
    const { data, target } = await places(t)
    const past = await makePast(data)
    const flag = join(data, 'takeback.db-unrecorded')
    writeFileSync(flag, '1')
    assert.equal(await moveHere(data, target), 'moved')
    assert.equal(await moveHere(data, target), 'there')
    const last = past.messages.at(-1)
    assert.ok(last)
    const there = await startTestCore({ database: target })
    const as = ({ account_id, device_id }: Past['a']) =>
      ({
        call: (name, input) => there.core.call(name, { account_id, device_id }, input),
      }) as Past['a']
    await takeBack(as(past.a), last)
    const seen = (await historyOf(as(past.b), past.conversation)).find(({ id }) => id === last.id)
    assert.equal(seen?.text, null)
    assert.ok(seen.unsent_at)
    await there.close()
  })

  test('a table or column that PostgreSQL does not have is never left out in silence', async (t) => {
    const { data, target, url } = await places(t)
    await makePast(data)
    executeHere(data, 'create table drawers (id text primary key)')
    await refusesToMove(data, url, /The table drawers has other columns in PostgreSQL: none/)
    executeHere(data, 'drop table drawers; alter table members add column colour text')
    await refusesToMove(data, url, /The table members has other columns/)
    executeHere(
      data,
      `alter table members drop column colour; create virtual table found using fts5(words)`,
    )
    await refusesToMove(data, url, /The table found is not moved yet/)
    assert.deepEqual(await target.committed('select 1 from installation'), [])
  })

  test('a row that somebody else changed is found, and nothing is marked as done', async (t) => {
    const { data, target, url } = await places(t)
    await makePast(data)
    await assert.rejects(moveHere(data, target, untilTextsAreCopied), /Interrupted/)
    await execute(url, 'update messages set version = version + 1 where seq = 1')
    await refusesToMove(data, url, /The table messages is not the same in PostgreSQL/)
    const store = target.open()
    assert.match((await whyHalfMoved(store)) ?? '', /being moved/)
    await store.close()
  })

  test('what is there already is left as it is', async (t) => {
    const { data, target, url } = await places(t)
    const past = await makePast(data)
    const other = temporaryFolder()
    t.after(other.remove)
    await makePast(other.path)

    // Rows of nobody knows whom.
    const stray = await createPostgres()
    t.after(stray.remove)
    const running = await startTestCore({ database: stray })
    await running.close()
    await execute(urlOf(stray), "delete from installation; insert into texts (body) values ('x')")
    await refusesToMove(data, urlOf(stray), /The table texts of this database holds rows already/)

    // Another installation, half moved.
    await assert.rejects(moveHere(other.path, target, untilTextsAreCopied), /Interrupted/)
    const half = await target.atRest()
    await refusesToMove(data, url, /Another installation is being moved into this database/)
    assert.deepEqual(await target.atRest(), half)

    // Another installation, whole.
    assert.equal(await moveHere(other.path, target), 'moved')
    await refusesToMove(data, url, /holds another installation, which is left as it is/)

    // This installation, in use since.
    const there = await startTestCore({ database: target })
    const someone = await there.person('someone.new')
    await there.close()
    const used = await target.atRest()
    await refusesToMove(other.path, url, /was moved here already, and has been used since/)
    assert.deepEqual(await target.atRest(), used)
    assert.ok(someone.account_id !== past.a.account_id)
  })

  test('a server that began an installation there meanwhile is noticed', async (t) => {
    const { data, target, url } = await places(t)
    await makePast(data)
    await assert.rejects(moveHere(data, target, untilTextsAreCopied), /Interrupted/)
    await execute(url, "insert into installation (name, value) values ('epoch', 'of another')")
    await refusesToMove(data, url, /holds another installation/)
  })

  test('a source that cannot be moved is refused with a sentence', async (t) => {
    const { data, target, url } = await places(t)
    await refusesToMove(data, url, /holds no installation of Takeback/)
    writeFileSync(
      join(data, 'takeback.db'),
      'this is no database, but it is long enough to be read as one'.repeat(99),
    )
    await refusesToMove(data, url, /cannot be read: file is not a database/)
    rmSync(join(data, 'takeback.db'))
    executeHere(data, 'create table other (id text primary key)')
    await refusesToMove(data, url, /holds no installation of Takeback/)
    rmSync(join(data, 'takeback.db'))

    await makePast(data)
    const newest = '(select max(name) from migrations)'
    executeHere(data, `update migrations set name = '9' || name where name = ${newest}`)
    await refusesToMove(data, url, /written by a newer version/)
    executeHere(data, `delete from migrations where name = ${newest}`)
    await refusesToMove(data, url, /of an older version: start this version on it once/)
    assert.deepEqual(await target.tables(), [], 'Nothing was done there.')
  })

  test('a folder that is in use is refused', async (t) => {
    const { data, url } = await places(t)
    const server = await spawnServer(data)
    t.after(() => server.stop('SIGKILL'))
    await refusesToMove(data, url, /another Takeback runs on it/)
  })

  test('a target that cannot be used is refused with a sentence', async (t) => {
    const { data, url } = await places(t)
    await makePast(data)
    const at = (change: (to: URL) => void): string => {
      const to = new URL(url)
      change(to)
      return to.href
    }
    for (const vague of [
      'mysql://localhost/x',
      'postgres://',
      'postgres://localhost',
      'postgres:///name',
    ])
      await refusesToMove(data, vague, /--to must name a host and a database/)
    await refusesToMove(
      data,
      at((to) => (to.port = '1')),
      /could not be used: .*ECONNREFUSED/,
    )
    await refusesToMove(
      data,
      at((to) => (to.password = 'wrong')),
      /password authentication failed/,
    )
    await refusesToMove(
      data,
      at((to) => (to.pathname = '/nowhere')),
      /"nowhere" does not exist/,
    )

    const maintenance = at((to) => (to.pathname = '/postgres'))
    const name = `ascii_${newClientId().replaceAll('-', '')}`
    await execute(
      maintenance,
      `create database ${name} template template0 encoding 'SQL_ASCII' locale 'C' locale_provider libc`,
    )
    t.after(() => execute(maintenance, `drop database ${name} with (force)`))
    await refusesToMove(
      data,
      at((to) => (to.pathname = `/${name}`)),
      /encoding of the database must be UTF8/,
    )

    const guest = `guest_${newClientId().replaceAll('-', '')}`
    await execute(maintenance, `create role ${guest} login password 'guest'`)
    t.after(() => execute(maintenance, `drop role ${guest}`))
    const asGuest = at((to) => {
      to.username = guest
      to.password = 'guest'
    })
    await refusesToMove(data, asGuest, /PostgreSQL refused: permission denied for schema public/)
  })

  test('nobody signs in again, a retry is known, and seqs and texts go on (S9, O1)', async (t) => {
    const { data, target } = await places(t)
    const past = await makePast(data)
    const sent = past.messages[0]
    assert.ok(sent?.client_id)
    assert.equal(await moveHere(data, target), 'moved')
    const there = await startTestCore({ database: target })
    t.after(() => there.close())
    assert.deepEqual(await there.core.authenticate(past.a.token), {
      account_id: past.a.account_id,
      device_id: past.a.device_id,
    })
    const caller = {
      ...past.a,
      call: (name, input) => there.core.call(name, past.a, input),
    } as Past['a']
    const again = await say(caller, past.conversation, sent.text ?? '', sent.client_id)
    assert.deepEqual([again.id, again.seq], [sent.id, sent.seq])
    const next = await say(caller, past.conversation, 'and on')
    assert.equal(next.seq, (past.messages.at(-1)?.seq ?? 0) + 1)
    assert.deepEqual(
      (await historyOf(caller, past.conversation)).map(({ text }) => text).slice(-2),
      ['nobody has this', 'and on'],
    )
  })
})
