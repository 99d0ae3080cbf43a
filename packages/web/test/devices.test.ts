/** Two devices of one person, and one that loses its line or its service. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, until, type App } from './app.ts'
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

test('what happens on one device of a person shows on the other, and only theirs', async () => {
  await app.friends('ida', 'olaf')
  const olaf = await app.signedIn('olaf')
  await olaf.openFromSearch('ida')
  await olaf.send('one')
  await olaf.send('two')
  const phone = await app.signedIn('ida')
  const desk = await app.signedIn('ida', 'desktop')
  await desk.row('olaf').getByText('two').waitFor()
  await desk.page
    .getByRole('link', { name: /2 unread messages/ })
    .first()
    .waitFor()

  await phone.openFromInbox('olaf')
  await desk.page.getByRole('link', { name: /unread messages/ }).waitFor({ state: 'detached' })
  await phone.send('three, from my phone')
  await desk.openFromInbox('olaf')
  await desk.message('three, from my phone').waitFor()

  await phone.choose('one', 'Delete for me')
  await phone.gone('one')
  await desk.gone('one')
  await olaf.message('one').waitFor()

  await desk.page.getByRole('button', { name: 'Conversation options' }).click()
  await desk.page.getByRole('menuitem', { name: 'Delete thread for me' }).click()
  await desk.page.getByRole('alertdialog').getByRole('button', { name: 'Delete for me' }).click()
  await desk.row('olaf').waitFor({ state: 'detached' })
  await phone.page.goto('/')
  await phone.page.getByText('No conversations yet').waitFor()
  for (const text of ['one', 'two', 'three, from my phone']) await olaf.message(text).waitFor()

  await olaf.send('four')
  await phone.row('olaf').getByText('four').waitFor()
  await phone.openFromInbox('olaf')
  await phone.message('four').waitFor()
  assert.equal(await phone.message('two').count(), 0, 'the thread came back empty but for this')
})

test('E2: written while the service is down, it goes out by itself, once, after its restart', async () => {
  await app.friends('una', 'ugo')
  const una = await app.signedIn('una')
  await una.openFromSearch('ugo')
  await una.send('before the crash')
  await app.kill()
  await una.page.getByText(/^Offline/).waitFor()
  await una.type('written while down')
  await una
    .message('written while down')
    .and(una.page.getByRole('article', { name: /Waiting for a connection/ }))
    .waitFor()
  await una.accessible('a conversation while offline')
  await app.revive()
  await una
    .message('written while down')
    .and(una.page.getByRole('article', { name: /\((Sent|Delivered|Read)\)/ }))
    .waitFor()

  const ugo = await app.signedIn('ugo')
  await ugo.openFromInbox('una')
  await ugo.message('before the crash').waitFor()
  await ugo.message('written while down').waitFor()
  assert.equal(await ugo.message('written while down').count(), 1)
  assert.equal(await una.message('written while down').count(), 1)
})

test('what waits in the outbox survives a reload of the app', async () => {
  await app.friends('rita', 'rolf')
  const rita = await app.signedIn('rita')
  await rita.openFromSearch('rolf')
  await rita.send('hello')
  // The API is out of reach, the app itself is not: as with a proxy that lost its upstream.
  await rita.context.route('**/v1/**', (route) => route.abort())
  await rita.context.setOffline(true)
  await rita.page.getByText(/^Offline/).waitFor()
  await rita.type('kept over the reload')
  await rita.message('kept over the reload').waitFor()
  await until(async () => (await rita.kept()).includes('kept over the reload'), 'it is on disk')
  await rita.context.setOffline(false)
  await rita.page.reload()
  await rita.message('kept over the reload').waitFor()
  await rita.context.unroute('**/v1/**')
  await rita
    .message('kept over the reload')
    .and(rita.page.getByRole('article', { name: /\((Sent|Delivered|Read)\)/ }))
    .waitFor()
  assert.equal(await rita.message('kept over the reload').count(), 1)
})

test('S1: a device that is signed out elsewhere goes to sign-in and keeps nothing', async () => {
  await app.friends('sam', 'sue')
  const lost = await app.signedIn('sam')
  await lost.openFromSearch('sue')
  await lost.send('a secret on this phone')
  await until(async () => (await lost.kept()).includes('a secret on this phone'), 'it is kept')
  const home = await app.signedIn('sam', 'desktop')
  await home.page.goto('/profile')
  await home.accessible('profile and settings')
  const others = home.page.getByRole('button', { name: /^Sign out .+/ })
  for (let left = await others.count(); left > 0; left--) {
    await others.first().click()
    await until(async () => (await others.count()) < left, 'the device is off the list')
  }
  await lost.page.getByRole('button', { name: 'Sign in' }).waitFor()
  await until(async () => !(await lost.kept()).includes('a secret'), 'nothing is kept')
})

test('two tabs of one browser share one local copy, and either may lead', async () => {
  await app.friends('tina', 'theo')
  const tina = await app.signedIn('tina')
  await tina.openFromSearch('theo')
  await tina.send('from the first tab')
  const second = await tina.context.newPage()
  await second.goto(tina.page.url())
  await second.getByRole('article').getByText('from the first tab', { exact: true }).waitFor()
  await second.getByRole('textbox', { name: 'Message', exact: true }).fill('from the second tab')
  await second.getByRole('button', { name: 'Send', exact: true }).click()
  await tina.message('from the second tab').waitFor()
  await tina.page.close()
  await second.getByRole('textbox', { name: 'Message', exact: true }).fill('alone now')
  await second.getByRole('button', { name: 'Send', exact: true }).click()
  await second
    .getByRole('article', { name: /\((Sent|Delivered|Read)\)/ })
    .filter({ hasText: 'alone now' })
    .waitFor()
})
