// both engines
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import { readConfig } from '../src/config.ts'
import { createHttp } from '../src/gateway/http.ts'
import { type RunningServer, serve } from '../src/server.ts'
import { ask, assertRefused, exchange, parseAnswer } from './talk.ts'
import { startTestCore, temporaryFolder, testEnvironment, type TestCore } from './world.ts'

let tested: TestCore
let server: RunningServer
let url: string
const folder = temporaryFolder()

before(async () => {
  const webDir = join(folder.path, 'web')
  mkdirSync(join(webDir, 'assets'), { recursive: true })
  writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>app</title>')
  writeFileSync(join(webDir, 'assets', 'app-1a2b3c.js'), 'export {}')
  writeFileSync(join(webDir, 'assets', 'app-1a2b3c.js.gz'), gzipSync('export {}'))
  writeFileSync(join(webDir, 'manifest.webmanifest'), '{}')
  writeFileSync(join(webDir, '.env'), 'a secret')
  writeFileSync(join(folder.path, 'takeback.db'), 'a secret')
  tested = await startTestCore()
  const config = { ...readConfig(testEnvironment(folder.path)), webDir }
  server = await serve(config, tested.served, pino({ level: 'silent' }))
  url = `http://127.0.0.1:${server.port}`
})
after(async () => {
  await server.close()
  folder.remove()
})

const raw = async (text: string) => parseAnswer(await exchange(server.port, text))
const head = (line: string, ...headers: string[]) =>
  [line, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')

test('every answer, of app and API, lets nothing be run, framed or guessed that is not ours', async () => {
  for (const path of [
    '/',
    '/inbox',
    '/assets/app-1a2b3c.js',
    '/v1/me',
    '/v1/nothing',
    '/status',
    '/healthz',
    '/openapi.json',
  ]) {
    const { headers } = await ask(url, path)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /require-trusted-types-for 'script'/)
    assert.doesNotMatch(policy, /unsafe|\*|https?:(?!\/\/)/, path)
    assert.match(policy, /default-src '(self|none)'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.equal(headers.get('x-powered-by'), null)
    assert.equal(headers.get('server'), null)
  }
})

test('health, status and the documents stand at the root and under /v1', async () => {
  for (const prefix of ['', '/v1']) {
    for (const path of ['/healthz', '/readyz', '/status'])
      assert.equal((await ask(url, `${prefix}${path}`)).headers.get('cache-control'), 'no-store')
    const openApi = (await ask(url, `${prefix}/openapi.json`)).json as { openapi: string }
    assert.match(openApi.openapi, /^3\.1/)
    const asyncApi = (await ask(url, `${prefix}/asyncapi.json`)).json as { asyncapi: string }
    assert.match(asyncApi.asyncapi, /^3\./)
  }
})

describe('the web app', () => {
  test('is index.html at every address that is not the API’s, and is asked for again each time', async () => {
    for (const path of ['/', '/inbox', '/c/01h', '/index.html', '/a/b/c?d=e']) {
      const answer = await ask(url, path)
      assert.match(answer.text, /<title>app/, path)
      assert.equal(answer.headers.get('cache-control'), 'no-cache')
    }
  })

  test('is sent compressed to whoever takes that', async () => {
    const asked = async (encoding: string) => {
      const headers = { 'accept-encoding': encoding }
      const answer = await ask(url, '/assets/app-1a2b3c.js', { headers })
      return [answer.headers.get('content-encoding'), answer.text]
    }
    assert.deepEqual(await asked('gzip'), ['gzip', 'export {}'])
    assert.deepEqual(await asked('identity'), [null, 'export {}'])
  })

  test('has assets that never change under their name', async () => {
    const { headers, status } = await ask(url, '/assets/app-1a2b3c.js')
    assert.equal(status, 200)
    assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.match(headers.get('content-type') ?? '', /javascript/)
  })

  test('answers HEAD, and 304 to whoever has it', async () => {
    for (const path of ['/', '/assets/app-1a2b3c.js']) {
      const plain = { headers: { 'accept-encoding': 'identity' } }
      const { headers } = await ask(url, path, plain)
      const known = `If-None-Match: ${headers.get('etag')}`
      assert.equal((await raw(head(`GET ${path} HTTP/1.1`, known))).status, 304)
      const { status, text } = await ask(url, path, { method: 'HEAD' })
      assert.deepEqual([status, text], [200, ''])
    }
  })

  test('is no answer to an unknown endpoint or asset: that is a problem', async () => {
    for (const path of [
      '/v1',
      '/v1/',
      '/v1/nothing',
      '/v1?x',
      '/assets',
      '/assets/',
      '/assets/gone.js',
    ])
      assertRefused(await ask(url, path), 'not_found', path)
  })

  test('is all there is: no way up, no hidden file', async () => {
    const paths = [
      '/../takeback.db',
      '/assets/../../takeback.db',
      '/%2e%2e/takeback.db',
      '/..%2ftakeback.db',
      '/assets/..%2f..%2ftakeback.db',
      '/..%5ctakeback.db',
      '//takeback.db',
      '/.env',
      '/%2eenv',
      '/assets/%00',
    ]
    for (const path of paths) {
      const answer = await raw(head(`GET ${path} HTTP/1.1`))
      assert.ok(answer.status >= 200, path)
      assert.doesNotMatch(answer.text, /secret/, path)
    }
  })
})

describe('what is not quite HTTP', () => {
  for (const [what, text] of Object.entries({
    'no HTTP at all': 'hello\r\n\r\n',
    'an unknown method': head('BREW /v1/me HTTP/1.1'),
    'an address that cannot be decoded': head('GET /v1/%zz HTTP/1.1'),
    'an endless head': head('GET /v1/me HTTP/1.1', `X: ${'a'.repeat(20_000)}`),
    'no host': 'GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n',
    'an expectation': head('GET /v1/me HTTP/1.1', 'Expect: miracles'),
    'two lengths': head('POST /v1/sessions HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'),
    'a length and chunks': head(
      'POST /v1/sessions HTTP/1.1',
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
    ),
    'a header with a line end in it': head('GET /v1/me HTTP/1.1', 'X: a\rb'),
  }))
    test(`${what} is invalid_input (E1)`, async () => {
      const answer = await raw(text)
      assertRefused(answer, 'invalid_input')
      assert.doesNotMatch(answer.text, /aaaa|zz/)
    })

  test('a body past the bound is invalid_input, however it comes', async () => {
    const large = JSON.stringify({ username: 'x'.repeat(70_000) })
    assertRefused(await ask(url, '/v1/sessions', { method: 'POST', body: large }), 'invalid_input')
    const chunked = await raw(
      `${head('POST /v1/sessions HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}` +
        `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
    )
    assertRefused(chunked, 'invalid_input')
  })

  test('a request that comes in drops is ended with a problem (slowloris)', async () => {
    const app = createHttp({
      core: tested.served,
      limits: { draw: () => {} },
      log: pino({ level: 'silent' }),
      origins: [],
      trustedProxies: [],
      arriveWithin: 200,
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    try {
      const requests = [
        'GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Drop: ',
        'POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      ]
      for (const request of requests) {
        const answer = parseAnswer(await exchange(port, request))
        assertRefused(answer, 'invalid_input')
      }
    } finally {
      await app.close()
    }
  })
})

test('stopping answers what is under way, and waits for nobody who says nothing', async () => {
  let go = () => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  let asked = () => {}
  const underWay = new Promise<void>((resolve) => (asked = resolve))
  const core = {
    ...tested.served,
    async call(...args: Parameters<typeof tested.served.call>) {
      asked()
      await held
      return tested.served.call(...args)
    },
    close: async () => {},
  }
  const stopping = await serve(
    readConfig(testEnvironment(folder.path)),
    core,
    pino({ level: 'silent' }),
  )
  const silent = connect(stopping.port, '127.0.0.1')
  silent.on('error', () => {})
  await once(silent, 'connect')
  const answer = ask(`http://127.0.0.1:${stopping.port}`, '/v1/status')
  await underWay
  const closed = stopping.close()
  go()
  assert.equal((await answer).status, 200)
  await closed
})
