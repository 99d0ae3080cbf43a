/** The ways to a message's menu, and that nothing else moves when one is taken back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../../server/test/world.ts'
import { startApp, type App, type Device } from './app.ts'
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Says `texts` as `from`, without a browser. */
async function say(from: Person, to: Person, texts: readonly string[]): Promise<void> {
  const { id } = await from.client.call('conversations.open', { account_id: to.id })
  for (const [number, text] of texts.entries())
    await from.client.call('messages.send', {
      conversation_id: id,
      client_id: `${from.username}-said-${number}` as never,
      text,
    })
}

/** A finger that rests on a message for a while. */
async function hold(device: Device, text: string, ms: number): Promise<void> {
  const box = await device.message(text).locator('[data-bubble]').boundingBox()
  assert.ok(box)
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }]
  const cdp = await device.context.newCDPSession(device.page)
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints })
  await pause(ms)
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await cdp.detach()
}

for (const ms of [500, 700, 1500])
  test(`a finger that rests on a message for ${ms} ms leaves its menu open`, async () => {
    const [a, b] = [`ina${ms}`, `ivo${ms}`]
    await say(...(await app.friends(a, b)), ['first', 'second', 'third'])
    const phone = await app.signedIn(a)
    phone.page.setDefaultTimeout(6_000)
    await phone.openFromInbox(b)
    await phone.message('second').waitFor()
    await hold(phone, 'second', ms)
    const unsend = phone.page.getByRole('menuitem', { name: 'Unsend' })
    await unsend.waitFor()
    await pause(600)
    assert.equal(await unsend.count(), 1, 'the menu is still open')
    assert.equal(await phone.page.getByRole('alertdialog').count(), 0, 'and nothing was chosen')
    await unsend.tap()
    await phone.page.getByRole('alertdialog').getByRole('button', { name: 'Unsend' }).tap()
    await phone.gone('second')
    await phone.page.getByRole('alertdialog').waitFor({ state: 'detached' })
    await pause(300)
    // A tap beside it closes the menu as ever.
    await hold(phone, 'first', ms)
    await unsend.waitFor()
    await phone.page.touchscreen.tap(195, 400)
    await unsend.waitFor({ state: 'detached' })
    assert.deepEqual(phone.faults, [])
  })

for (const screen of ['phone', 'desktop'] as const)
  test(`an unsend below a long message moves nothing on a ${screen}`, async () => {
    const [a, b] = [`lea_${screen}`, `leo_${screen}`]
    const [lea, leo] = await app.friends(a, b)
    const tall = 'long words '.repeat(360).trim()
    await say(lea, leo, [...Array.from({ length: 20 }, (_, n) => `before ${n}`), tall, 'short'])
    const device = await app.signedIn(a, screen)
    await device.openFromInbox(b)
    await device.message('short').waitFor()
    // Theirs has it: the unsend leaves its line.
    const theirs = await app.signedIn(b)
    await theirs.row(a).getByText('short').waitFor()
    await pause(300)
    const bottom = async () => {
      const box = await device.message(tall).boundingBox()
      return box === null ? Number.NaN : box.y + box.height
    }
    const before = await bottom()
    await device.unsend('short')
    await device.page.getByText('Message unsent').waitFor()
    await pause(400)
    const moved = (await bottom()) - before
    // At its end the list follows it: the line is lower than the bubble that it replaces.
    assert.ok(moved >= -2 && moved <= 60, `the message above has moved by ${moved} px`)
    assert.notEqual(
      await device.page.evaluate(() => document.activeElement?.tagName),
      'BODY',
      'the focus has a place',
    )
  })
