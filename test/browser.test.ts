import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findChromium, launch } from '../scripts/browser.ts'

test('a Chromium is found, starts, and runs a page', async () => {
  const browser = await launch()
  try {
    const page = await browser.newPage()
    assert.equal(await page.evaluate(() => document.location.protocol), 'about:')
  } finally {
    await browser.close()
  }
})

test('a setting wins over the usual places', () => {
  const env = { TAKEBACK_CHROMIUM: '/mine/chromium', PATH: '/usr/bin' }
  assert.equal(
    findChromium(env, () => true),
    '/mine/chromium',
  )
})

test('a wrong setting is named, not passed over', () => {
  const env = { TAKEBACK_CHROMIUM: '/nowhere/chromium', PATH: '/usr/bin' }
  const runs = (path: string) => path === '/usr/bin/chromium'
  assert.throws(() => findChromium(env, runs), /TAKEBACK_CHROMIUM is \/nowhere\/chromium/)
})

test('without a browser and without leave to install one, the error says what to do', () => {
  assert.throws(
    () => findChromium({ PATH: '/usr/bin' }, () => false),
    /apt-get install chromium.*TAKEBACK_CHROMIUM.*TAKEBACK_INSTALL_BROWSER/s,
  )
})
