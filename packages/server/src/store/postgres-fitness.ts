import type { Store } from './store.ts'

/** Oldest version that the tests run on. */
const OLDEST = 150_000

/** Why this PostgreSQL could not keep what Takeback promises, as a sentence; null if it can. */
export const whyUnfit = (store: Store): Promise<string | null> =>
  store.read(async (tx) => {
    const shown = await tx.get<{ version: string; encoding: string; commit: string }>(
      `select current_setting('server_version_num') as version,
         current_setting('server_encoding') as encoding,
         current_setting('synchronous_commit') as commit`,
    )
    if (Number(shown?.version) < OLDEST) return 'PostgreSQL 15 or newer is needed.'
    if (shown?.encoding !== 'UTF8') return 'the encoding of the database must be UTF8.'
    if (shown.commit === 'off')
      return 'synchronous_commit is off, so what was acknowledged could be lost: set it to on.'
    return null
  })
