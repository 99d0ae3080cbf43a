import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Param } from './store.ts'

/**
 * Every statement of ours finds its rows by an index. SQLite would rather go through a whole table
 * and make an index of what is given, where that is more than a few dozen rows.
 */
export const plansByIndex = 'pragma automatic_index = off;'

export interface Statements {
  all<Row>(sql: string, params?: readonly Param[]): Promise<Row[]>
  get<Row>(sql: string, params?: readonly Param[]): Promise<Row | undefined>
  run(sql: string, params?: readonly Param[]): Promise<number>
  exec(sql: string): void
}

interface Prepared {
  statement: StatementSync
  /** Names of the columns it returns. */
  columns: string[]
  /** Which parameter each `?` takes; null where that is simply the order of the parameters. */
  order: number[] | null
}

/** Compiles each SQL text once. `$n` becomes SQLite's nameless `?`, its parameters put in order of use. */
export function statementCache(db: DatabaseSync): Statements {
  const cache = new Map<string, Prepared>()
  function prepare(sql: string): Prepared {
    const known = cache.get(sql)
    if (known !== undefined) return known
    const order: number[] = []
    const text = sql.replace(/\$(\d+)/g, (_, number) => {
      order.push(Number(number) - 1)
      return '?'
    })
    const statement = db.prepare(text)
    // Arrays, which we make objects of ourselves: node:sqlite takes twice as long over its own.
    statement.setReturnArrays(true)
    const prepared: Prepared = {
      statement,
      columns: statement.columns().map(({ name }) => name),
      order: order.every((position, index) => position === index) ? null : order,
    }
    cache.set(sql, prepared)
    return prepared
  }
  const bind = (order: Prepared['order'], params: readonly Param[]): readonly Param[] =>
    order === null ? params : order.map((position) => params[position] ?? null)
  return {
    async all<Row>(sql: string, params: readonly Param[] = []) {
      const { statement, columns, order } = prepare(sql)
      const rows = statement.all(...bind(order, params)) as unknown as unknown[][]
      return rows.map((values) => toRow<Row>(columns, values))
    },
    async get<Row>(sql: string, params: readonly Param[] = []) {
      const { statement, columns, order } = prepare(sql)
      const values = statement.get(...bind(order, params)) as unknown as unknown[] | undefined
      return values === undefined ? undefined : toRow<Row>(columns, values)
    },
    async run(sql: string, params: readonly Param[] = []) {
      const { statement, order } = prepare(sql)
      return Number(statement.run(...bind(order, params)).changes)
    },
    exec(sql: string) {
      prepare(sql).statement.run()
    },
  }
}

function toRow<Row>(columns: readonly string[], values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) row[columns[index] ?? ''] = values[index]
  return row as Row
}
