import type { MessagePort } from 'node:worker_threads'
import type { Core } from './types.ts'
import { perform, toFailure, type Ask, type Post } from './wire.ts'

/** Answers over a port what is asked of a core in this thread, and passes its hints on. */
export function answerOver(port: MessagePort, core: Core): void {
  let post: Post | null = null

  /** Gathers everything that one commit answers into one post. */
  function gather(): Post {
    if (post !== null) return post
    post = { answered: [], values: [], failed: [], hints: [] }
    // After all promises that are ready by now have run, and so have put in their answers.
    process.nextTick(() => {
      port.postMessage(post)
      post = null
    })
    return post
  }

  async function answer(ask: Ask): Promise<void> {
    try {
      const value = await perform(core, ask)
      if (ask.id === null) return
      const { answered, values } = gather()
      answered.push(ask.id)
      values.push(value)
    } catch (error) {
      if (ask.id !== null) gather().failed.push({ id: ask.id, failure: toFailure(error) })
    }
  }

  core.onHint((hint) => void gather().hints.push(hint))
  port.on('message', (asks: string) => {
    for (const ask of JSON.parse(asks) as Ask[]) void answer(ask)
  })
  port.postMessage('ready')
}
