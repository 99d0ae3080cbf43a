import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { cached, cacheFolder, keyOf } from './cache.ts'

const folder = await mkdtemp(join(tmpdir(), 'takeback-cache-'))
after(() => rm(folder, { recursive: true }))

const KEY = '0123456789abcdef'
const OLD = 'fedcba9876543210'

describe('the cache of data sets', () => {
  test('stands where the user keeps what can be made again', () => {
    assert.equal(cacheFolder({ XDG_CACHE_HOME: '/elsewhere' }), '/elsewhere/takeback-bench')
    assert.match(cacheFolder({}), /\/\.cache\/takeback-bench$/)
  })

  test('is keyed by names and contents, in whatever order', () => {
    const one = { name: 'a', content: 'x' }
    const other = { name: 'b', content: 'y' }
    assert.equal(keyOf([one, other]), keyOf([other, one]))
    assert.notEqual(keyOf([one]), keyOf([one, other]))
    assert.notEqual(keyOf([one]), keyOf([{ ...one, content: 'z' }]))
    assert.notEqual(keyOf([one]), keyOf([{ ...one, name: 'c' }]))
  })

  test('is filled once', async () => {
    let made = 0
    const make = async (into: string) => {
      made++
      await writeFile(join(into, 'it'), 'whole')
    }
    const first = await cached(folder, KEY, 'small', make)
    const second = await cached(folder, KEY, 'small', make)
    assert.equal(first, second)
    assert.equal(made, 1)
    assert.equal(await readFile(join(first, 'it'), 'utf8'), 'whole')
  })

  test('keeps nothing of what was not finished', async () => {
    const broken = cached(folder, KEY, 'large', async (into) => {
      await writeFile(join(into, 'it'), 'ha')
      throw new Error('interrupted')
    })
    await assert.rejects(broken, /interrupted/)
    assert.deepEqual(await readdir(join(folder, KEY)), ['small'])
  })

  test('forgets other keys and touches nothing else', async () => {
    await mkdir(join(folder, OLD, 'small'), { recursive: true })
    await mkdir(join(folder, 'photos'))
    await cached(folder, KEY, 'small', async () => {})
    assert.deepEqual((await readdir(folder)).toSorted(), [KEY, 'photos'])
  })
})
