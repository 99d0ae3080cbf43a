import type { Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { Refusal, toProblem, type Problem } from '@takeback/protocol/refusals.ts'
import { createClient, type Client } from '@takeback/sdk/client.ts'
import type { Takeback } from '@takeback/sdk/types.ts'
import { createLive, type Live } from './live.ts'

export type SessionState =
  | { phase: 'starting' }
  /** `reason`: why a session ended, or why none could be found out. */
  | { phase: 'signed_out'; reason: Problem | null }
  | { phase: 'signed_in'; live: Live }

export interface Session {
  subscribe(listener: () => void): () => void
  state(): SessionState
  /** Opens the local copy of the account last seen here, or asks the service who the cookie belongs to. */
  start(): Promise<void>
  signUp(input: Input<'accounts.sign_up'>): Promise<void>
  signIn(input: Input<'sessions.sign_in'>): Promise<void>
  signOut(): Promise<void>
}

/** Remembers which account's local copy to open before the service has answered. */
export interface AccountMemory {
  read(): AccountId | null
  write(id: AccountId | null): void
}

interface SessionDeps {
  openDevice: (id: AccountId) => Promise<Takeback>
  memory: AccountMemory
  client?: Client
}

export function createSession({ openDevice, memory, client }: SessionDeps): Session {
  const api = client ?? createClient({ baseUrl: '', name: 'web' })
  const listeners = new Set<() => void>()
  let state: SessionState = { phase: 'starting' }

  function set(next: SessionState) {
    state = next
    for (const listener of listeners) listener()
  }

  function leave(reason: Problem | null) {
    memory.write(null)
    set({ phase: 'signed_out', reason })
  }

  async function enter(id: AccountId) {
    const takeback = await openDevice(id)
    const live = createLive(takeback)
    takeback.subscribe(() => {
      const connection = takeback.connection()
      if (connection.state !== 'signed_out' || state.phase !== 'signed_in') return
      if (state.live === live) leave(connection.reason)
    })
    memory.write(id)
    await takeback.start()
    const connection = takeback.connection()
    if (connection.state === 'signed_out') leave(connection.reason)
    else set({ phase: 'signed_in', live })
  }

  /** The account the cookie belongs to; null when it belongs to none. */
  async function whoAmI(): Promise<Me | null> {
    try {
      return await api.call('me.get', {})
    } catch (error) {
      if (error instanceof Refusal && error.row.status === 401) return null
      throw error
    }
  }

  /** The cookie may have become another account's since: then that account's copy is opened. */
  async function confirm(id: AccountId) {
    const me = await whoAmI().catch(() => undefined)
    if (me === undefined || me === null || me.id === id || state.phase !== 'signed_in') return
    await state.live.takeback.stop()
    await enter(me.id)
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: () => state,

    async start() {
      const known = memory.read()
      if (known !== null) {
        await enter(known)
        void confirm(known)
        return
      }
      try {
        const me = await whoAmI()
        if (me === null) leave(null)
        else await enter(me.id)
      } catch (error) {
        set({ phase: 'signed_out', reason: problemOf(error) })
      }
    },

    async signUp(input) {
      await enter(accountOf(await api.call('accounts.sign_up', input)))
    },
    async signIn(input) {
      await enter(accountOf(await api.call('sessions.sign_in', input)))
    },
    async signOut() {
      if (state.phase !== 'signed_in') return
      const { takeback } = state.live
      set({ phase: 'starting' })
      await takeback.signOut().catch(() => undefined)
      leave(null)
    },
  }
}

function accountOf({ account }: Output<'sessions.sign_in'>): AccountId {
  return account.id
}

/** What to show of anything that was thrown: a refusal as it is, all else as `internal`. */
export function problemOf(error: unknown): Problem {
  return toProblem(error instanceof Refusal ? error : new Refusal('internal'))
}
