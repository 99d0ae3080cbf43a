import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { createClient } from './client.ts'

/** A service whose answer breaks off, or ends, after its first bytes. */
const answering = (status: number, start: string, breaks: boolean) =>
  createClient({
    baseUrl: 'http://service',
    fetch: () =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode(start))
              if (breaks) controller.error(new TypeError('network error'))
              else controller.close()
            },
          }),
          { status },
        ),
      ),
  })

const codeOf = (call: Promise<unknown>) =>
  call.then(
    (value) => value,
    (error: unknown) => (error instanceof Refusal ? error.code : error),
  )

test('an answer that breaks off is no answer', async () => {
  const { call } = answering(200, '{"status":', true)
  assert.equal(await codeOf(call('status.get', {})), 'network_unreachable')
})

test('an aborted call rejects with the abort, also while its answer comes', async () => {
  const { call } = answering(200, '{"status":', true)
  const signal = AbortSignal.abort(new Error('left'))
  const outcome = await codeOf(call('status.get', {}, { signal }))
  assert.ok(outcome instanceof TypeError)
})

test('a failure without a problem document says whose it is', async () => {
  assert.equal(
    await codeOf(answering(502, '<html>', false).call('status.get', {})),
    'service_degraded',
  )
  assert.equal(await codeOf(answering(418, '', false).call('status.get', {})), 'internal')
})
