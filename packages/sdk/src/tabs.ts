import { fromProblem, toProblem, type Problem } from '@takeback/protocol/refusals.ts'
import type { CommandName, Commands } from './commands.ts'
import type { LiveState } from './live.ts'
import { asRefusal } from './session-client.ts'
import type { Batch } from './storage.ts'
import type { Listener } from './transport.ts'

/** What tabs tell each other. */
export type TabNotice =
  /** Leader: storage has taken this batch. */
  | { type: 'batch'; batch: Batch }
  /** Leader: storage is not what I told; read it again. */
  | { type: 'reload' }
  /** Leader: I lead from now on; what others were asked has to be asked again. */
  | { type: 'leader' }
  | { type: 'live'; changed: Partial<LiveState> }
  /** Follower: I am here; answered by `live`. */
  | { type: 'hello' }
  | { type: 'ask'; id: string; command: CommandName; args: readonly unknown[] }
  | { type: 'answer'; id: string; ok: true; value: unknown }
  | { type: 'answer'; id: string; ok: false; problem: Problem }

export interface ChannelLike {
  postMessage(message: unknown): void
  onmessage: Listener<{ data: unknown }>
  close(): void
}

export interface TabsOptions {
  /** Name of the storage they share; null: nobody shares it, so there is nobody to ask. */
  sharedAs: string | null
  locks: LockManager | undefined
  channel: ((name: string) => ChannelLike) | undefined
  newId(): string
  /** This tab leads from now on. Resolves once it can run commands. */
  lead(): Promise<void>
  /** Runs a command here, as the leader. */
  run(command: CommandName, args: readonly unknown[]): Promise<unknown>
  /** A notice of the leader. */
  noticed(notice: Extract<TabNotice, { type: 'batch' | 'reload' | 'live' }>): void
  live(): LiveState
}

export interface Tabs {
  /** Resolves with whether this tab leads; if not, it may later. */
  join(): Promise<boolean>
  isLeader(): boolean
  /** Leader only: tells the others. */
  tell(notice: TabNotice): void
  /** Runs a command in the tab that leads, whichever that is or becomes. @throws Refusal */
  ask<Name extends CommandName>(
    command: Name,
    args: Parameters<Commands[Name]>,
  ): ReturnType<Commands[Name]>
  leave(): void
}

interface Question {
  command: CommandName
  args: readonly unknown[]
  resolve(value: unknown): void
  reject(reason: Error): void
}

/**
 * One leader among the tabs that share a local copy, so that they do not race on it. The lock is the
 * browser's: it passes on when the leader's tab closes or dies.
 */
export function createTabs(options: TabsOptions): Tabs {
  const { sharedAs, locks } = options
  const alone = sharedAs === null || locks === undefined || options.channel === undefined
  const lockName = `takeback-leader-${sharedAs}`
  const questions = new Map<string, Question>()
  const leaving = new AbortController()
  let channel: ChannelLike | null = null
  let leads = false
  let release = () => {}

  function receive(notice: TabNotice) {
    switch (notice.type) {
      case 'batch':
      case 'live':
        if (!leads) options.noticed(notice)
        return
      case 'reload':
        if (!leads) options.noticed(notice)
        return
      case 'leader':
        if (leads) return
        options.noticed({ type: 'reload' })
        for (const [id, question] of questions) post(id, question)
        return
      case 'hello':
        if (leads) tell({ type: 'live', changed: options.live() })
        return
      case 'ask':
        if (leads) void answer(notice.id, notice.command, notice.args)
        return
      case 'answer': {
        const question = questions.get(notice.id)
        questions.delete(notice.id)
        if (notice.ok) question?.resolve(notice.value)
        else question?.reject(fromProblem(notice.problem))
        return
      }
    }
  }

  const tell = (notice: TabNotice) => channel?.postMessage(notice)

  const post = (id: string, { command, args }: Question) => tell({ type: 'ask', id, command, args })

  async function answer(id: string, command: CommandName, args: readonly unknown[]) {
    try {
      tell({ type: 'answer', id, ok: true, value: await options.run(command, args) })
    } catch (error) {
      tell({ type: 'answer', id, ok: false, problem: toProblem(asRefusal(error)) })
    }
  }

  async function become(): Promise<void> {
    leads = true
    await options.lead()
    tell({ type: 'leader' })
    tell({ type: 'live', changed: options.live() })
    // What this tab had asked of a leader that is gone, it does itself.
    const own = [...questions.values()]
    questions.clear()
    for (const { command, args, resolve, reject } of own)
      options.run(command, args).then(resolve, reject)
  }

  /** Holds the lock until this tab leaves. */
  const held = () =>
    new Promise<void>((resolve) => {
      release = resolve
    })

  async function tryNow(manager: LockManager): Promise<boolean> {
    return new Promise((resolve, reject) => {
      manager
        .request(lockName, { ifAvailable: true }, async (lock) => {
          if (lock === null) {
            resolve(false)
            return
          }
          const until = held()
          await become()
          resolve(true)
          await until
        })
        .catch(reject)
    })
  }

  function queue(manager: LockManager) {
    manager
      .request(lockName, { signal: leaving.signal }, async () => {
        const until = held()
        await become()
        await until
      })
      .catch(() => undefined)
  }

  return {
    async join() {
      if (alone) {
        await become()
        return true
      }
      channel = options.channel?.(`takeback-${sharedAs}`) ?? null
      if (channel !== null) channel.onmessage = (event) => receive(event.data as TabNotice)
      if (await tryNow(locks)) return true
      queue(locks)
      tell({ type: 'hello' })
      return false
    },
    isLeader: () => leads,
    tell,
    ask(command, args) {
      return new Promise<unknown>((resolve, reject) => {
        const id = options.newId()
        const question = { command, args, resolve, reject }
        questions.set(id, question)
        post(id, question)
      }) as ReturnType<Commands[typeof command]>
    },
    leave() {
      leads = false
      leaving.abort()
      channel?.close()
      channel = null
      release()
    },
  }
}
