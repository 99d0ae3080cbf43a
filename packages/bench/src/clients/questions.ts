import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { guard } from '../load/guard.ts'

/** What a client process can be asked: by name, plain data in and out. */
export type Questions = Record<string, (input: never) => Promise<unknown>>

type Input<Q extends Questions, Name extends keyof Q> = Parameters<Q[Name]>[0]
type Answer<Q extends Questions, Name extends keyof Q> = Awaited<ReturnType<Q[Name]>>

/** A process of its own that plays people, so that their work is not done where it is measured. */
export interface ClientProcess<Q extends Questions> {
  /** @throws what went wrong in the client, at this question or since the last: then it has ended */
  ask<Name extends keyof Q & string>(name: Name, input: Input<Q, Name>): Promise<Answer<Q, Name>>
  stop(): Promise<void>
}

interface Asked {
  id: number
  name: string
  input: unknown
}

type Told = { id: number; value: unknown } | { fault: string }

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

/** @param module which answers by `answerQuestions` */
export function startClient<Q extends Questions>(module: URL): ClientProcess<Q> {
  // Numbers by the thousand cross as they are, not as text.
  const child = fork(fileURLToPath(module), { serialization: 'advanced' })
  guard(child)
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let fault: Error | null = null

  function fail(what: string): void {
    fault ??= new Error(what)
    for (const { reject } of waiting.values()) reject(fault)
    waiting.clear()
  }

  child.on('message', (told: Told) => {
    if ('fault' in told) return fail(told.fault)
    waiting.get(told.id)?.resolve(told.value as never)
    waiting.delete(told.id)
  })
  child.once('exit', (code) => fail(`A client process ended with ${String(code)}.`))

  return {
    ask: (name, input) =>
      new Promise((resolve, reject) => {
        if (fault !== null) return reject(fault)
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        child.send({ id, name, input } satisfies Asked)
      }),
    stop: () => ended(child),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/**
 * The other side. Anything that goes wrong, also between questions, is told and ends the process:
 * a client that has seen a wrong answer measures nothing any more.
 */
export function answerQuestions(questions: Questions): void {
  const tell = (told: Told, then: () => void = () => {}): void => {
    process.send?.(told, then)
  }
  const fail = (error: unknown): void => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    tell({ fault: what }, () => process.exit(1))
  }
  process.on('message', ({ id, name, input }: Asked) => {
    const answer = questions[name]
    if (answer === undefined) return fail(`Nobody knows how to ${name}.`)
    answer(input as never).then((value) => tell({ id, value }), fail)
  })
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  // Whoever asks is gone: nothing goes on without it.
  process.on('disconnect', () => process.exit())
}
