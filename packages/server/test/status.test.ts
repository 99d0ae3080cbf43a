/** The status page and the admin listener, over HTTP. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { AdminInput } from '@takeback/protocol/admin.ts'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import type { AdminAccess } from '../src/admin-file.ts'
import { readConfig } from '../src/config.ts'
import { createLogger, type RunningServer, serve } from '../src/server.ts'
import { ask, assertRefused } from './talk.ts'
import { startTestCore, temporaryFolder, testEnvironment, type TestCore } from './world.ts'

const folder = temporaryFolder()
let tested: TestCore
let server: RunningServer
let url: string
let access: AdminAccess

before(async () => {
  tested = await startTestCore()
  const config = readConfig(testEnvironment(folder.path))
  server = await serve(config, tested.served, createLogger(config))
  url = `http://127.0.0.1:${server.port}`
  access = JSON.parse(readFileSync(join(folder.path, 'admin.json'), 'utf8')) as AdminAccess
})
after(async () => {
  await server.close()
  assert.throws(() => statSync(join(folder.path, 'admin.json')), 'it goes with the service')
  folder.remove()
})

const command = (name: string, body: unknown, token: string | undefined = access.token) =>
  ask(`http://127.0.0.1:${access.port}`, `/${name}`, {
    method: 'POST',
    ...(token === '' ? {} : { token }),
    body,
  })

const evil = `<script>alert("1")</script> & 'more'`

async function open(input: Partial<AdminInput<'incidents.open'>> = {}): Promise<Incident> {
  const { json } = await command('incidents.open', {
    kind: 'incident',
    title: 'Slow',
    text: 'It is slow',
    ...input,
  })
  return json as Incident
}

describe('the status page', () => {
  test('is JSON for programs, a page for people, at both its paths', async () => {
    await open()
    for (const path of ['/status', '/v1/status']) {
      const json = await ask(url, path)
      assert.match(json.headers.get('content-type') ?? '', /^application\/json/)
      const { status, incidents } = json.json as Output<'status.get'>
      assert.equal(status, 'ok')
      assert.ok(incidents.some(({ title }) => title === 'Slow'))
      const page = await ask(url, path, { headers: { accept: 'text/html' } })
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
      assert.match(page.text, /Something isn’t working/)
      assert.match(page.text, />Slow<\/h3>/)
      for (const { headers } of [json, page]) {
        assert.equal(headers.get('vary'), 'accept')
        assert.equal(headers.get('cache-control'), 'no-store')
      }
    }
  })

  test('shows what operators write as text, whatever it holds', async () => {
    const { id: incident_id } = await open({ title: evil, text: evil })
    await command('incidents.resolve', { incident_id, text: evil })
    const { text } = await ask(url, '/status', { headers: { accept: 'text/html' } })
    assert.doesNotMatch(text, /<script/)
    const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;'
    assert.equal(text.split(escaped).length - 1, 3)
    assert.match(text, /Resolved in the last 7 days/)
  })

  test('lets nothing run, and no style but its own', async () => {
    const { headers, text } = await ask(url, '/status', { headers: { accept: 'text/html' } })
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|script-src|\*/)
    const style = /<style>(.*)<\/style>/s.exec(text)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    assert.ok(policy.includes(`style-src 'sha256-${hash}'`), policy)
    assert.doesNotMatch(text, /style=|<script|onload/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'DENY')
  })
})

describe('the admin listener', () => {
  test('its token is for this user’s eyes only', () => {
    assert.equal(statSync(join(folder.path, 'admin.json')).mode & 0o777, 0o600)
    assert.match(access.token, /^[\w-]{43}$/)
  })

  test('without the token everything is not_signed_in', async () => {
    for (const token of ['', 'x', `${access.token}x`]) {
      assertRefused(await command('incidents.list', {}, token), 'not_signed_in')
      assertRefused(await command('nothing', {}, token), 'not_signed_in')
    }
  })

  test('a token of a person’s is not the operator’s', async () => {
    const { token } = await tested.person('mira')
    assertRefused(await command('incidents.list', {}, token), 'not_signed_in')
  })

  test('what is no command is not_found, what has another shape invalid_input', async () => {
    for (const name of ['nothing', 'toString', 'incidents', 'me.get', ''])
      assertRefused(await command(name, {}), 'not_found', name)
    const good = { kind: 'incident', title: 'x', text: 'x' }
    for (const input of [
      null,
      [],
      {},
      'not JSON',
      { ...good, kind: 'other' },
      { ...good, title: '' },
      { ...good, title: 'x'.repeat(121) },
      { ...good, text: 'x'.repeat(4001) },
      { ...good, more: 1 },
    ])
      assertRefused(await command('incidents.open', input), 'invalid_input', JSON.stringify(input))
    const other = { incident_id: 'x', text: 'x' }
    assertRefused(await command('incidents.update', other), 'invalid_input')
    const unknown = { incident_id: '0'.repeat(26), text: 'x' }
    assertRefused(await command('incidents.update', unknown), 'not_found')
  })

  test('commands are not served where people are', async () => {
    const { token } = access
    for (const path of ['/incidents.list', '/v1/incidents.list'])
      assertRefused(await ask(url, path, { method: 'POST', token, body: {} }), 'not_found')
  })
})
