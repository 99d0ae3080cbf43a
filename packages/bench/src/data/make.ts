/** A process that makes one data set and ends: `make.ts SCALE FILE`, the file not there yet. */
import { migrate, sqliteDialect } from '../../../server/src/store/migrate.ts'
import { openSqlite } from '../../../server/src/store/sqlite.ts'
import { fill } from './fill.ts'
import { planOf, YEAR } from './plan.ts'
import { scales, type ScaleName } from './scale.ts'

const [name = '', file = ''] = process.argv.slice(2)
if (!Object.hasOwn(scales, name)) throw new Error(`There is no scale ${name}.`)

const started = performance.now()
const store = openSqlite({
  file,
  onFatal(error) {
    throw error
  },
})
await migrate(store, sqliteDialect, YEAR.from)
await fill(store, planOf(scales[name as ScaleName]), (text) => {
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(`${text} (${seconds} s)\n`)
})
await store.close()
