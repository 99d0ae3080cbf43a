import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, readConfig, settings } from './config.ts'

test('without any setting, the defaults of the table make a usable configuration', () => {
  const config = readConfig({})
  assert.equal(config.port, 8080)
  assert.equal(config.core.unsendWindow, null)
  assert.deepEqual(config.trustedProxies, [])
})

test('every setting has a meaning that ends as a sentence', () => {
  for (const [name, [meaning]] of Object.entries(settings)) {
    assert.match(name, /^TAKEBACK_[A-Z_]+$/)
    assert.match(meaning, /\.$/, name)
  }
})

for (const [name, value] of [
  ['TAKEBACK_PORT', 'eighty'],
  ['TAKEBACK_PORT', '70000'],
  ['TAKEBACK_PORT', ''],
  ['TAKEBACK_LIMIT_SEND', '300'],
  ['TAKEBACK_LIMIT_SEND', '0/1'],
  ['TAKEBACK_LOG_RETENTION_DAYS', '0'],
  ['TAKEBACK_ERASURE_SECONDS', '600'],
  ['TAKEBACK_TRUSTED_PROXIES', '10.0.0.0/8, proxy.example'],
] as const)
  test(`${name}=${value} is refused, by name`, () => {
    assert.throws(
      () => readConfig({ [name]: value }),
      (error) => error instanceof ConfigError && error.message.startsWith(name),
    )
  })

test('limits can be switched off, proxies given as addresses and ranges', () => {
  const config = readConfig({
    TAKEBACK_LIMIT_SEND: 'off',
    TAKEBACK_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8, ::1',
    TAKEBACK_UNSEND_WINDOW_HOURS: '1',
  })
  assert.equal(config.limits.send, null)
  assert.deepEqual(config.trustedProxies, ['127.0.0.1', '10.0.0.0/8', '::1'])
  assert.equal(config.core.unsendWindow, 3_600_000)
})

test('a database is named in full, and a bus is for several nodes', () => {
  const read = (url: string, nats = '') =>
    readConfig({ TAKEBACK_DATABASE_URL: url, TAKEBACK_NATS_URL: nats })
  assert.equal(read('').databaseUrl, null)
  for (const url of ['postgres://one/name', 'postgresql://u:p@one:1,two/name?sslmode=require'])
    assert.equal(read(url, 'nats://there').databaseUrl, url)
  for (const url of [
    'postgres://',
    'postgres://one',
    'postgres:///name',
    'postgres://u:p@/name',
    'mysql://one/name',
    'postgres://u:secret%pw@one/name',
    'postgres://u:secret/pw@one/name',
    'postgres://u:secret#pw@one/name',
    'postgres://one:99999/name',
    'postgres://one,two:99999/name',
  ])
    assert.throws(() => read(url), ConfigError)
  assert.throws(() => read('', 'nats://there'), ConfigError)
  for (const nats of ['http://there', 'nats://', 'nats://u:sec%pw@there', 'nats://one,nats://'])
    assert.throws(() => read('postgres://one/name', nats), ConfigError)
  assert.ok(read('postgres://one/name', 'nats://u:p@one:4222, tls://two').natsUrl)
})
