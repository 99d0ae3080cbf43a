import type { Ids } from '../ids.ts'
import type { Store } from '../store/store.ts'

/** The secret that the nodes of an installation share, by which each knows the others' frames. */
export const readBusKey = (store: Store, ids: Ids): Promise<string> =>
  store.transact(async (tx) => {
    await tx.run(
      "insert into installation (name, value) values ('bus_key', $1) on conflict do nothing",
      [ids.secret()],
    )
    const row = await tx.get<{ value: string }>(
      "select value from installation where name = 'bus_key'",
    )
    if (row === undefined) throw new Error('The key of the bus was not kept.')
    return row.value
  })
