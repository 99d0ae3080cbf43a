/** The ways to a message's menu, and that nothing else moves when one is taken back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../../server/test/world.ts'
import { startApp, until, type App, type Device } from './app.ts'
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

test('what is read stays in place while messages above it are taken back', async () => {
  const [uma, udo] = await app.friends('uma', 'udo')
  await say(
    uma,
    udo,
    Array.from({ length: 110 }, (_, n) => `line ${n} ${'more '.repeat((n % 4) * 9)}`.trim()),
  )
  const reader = await app.signedIn('udo')
  await reader.openFromInbox('uma')
  const { page } = reader
  const read = page.getByRole('article').filter({ hasText: /^line 80( |$)/ })
  // A row may be put away between being found and being measured, as the list moves on.
  const top = async () =>
    (await read.count()) > 0
      ? (await read.boundingBox({ timeout: 1000 }).catch(() => null))?.y
      : undefined
  await page
    .getByRole('article')
    .filter({ hasText: /^line 109/ })
    .waitFor()
  await page.mouse.move(195, 400)
  await until(async () => {
    const at = await top()
    if (at !== undefined && at > 200) return true
    await page.mouse.wheel(0, -200)
    return false
  }, 'the reader has scrolled up')
  await pause(800)
  const before = (await top()) ?? Number.NaN

  const { id } = await uma.client.call('conversations.open', { account_id: udo.id })
  const { items } = await uma.client.call('messages.list', { conversation_id: id, around: 60 })
  const unsend = async (line: number) => {
    const found = items.find(({ text }) => text?.split(' ')[1] === String(line))
    assert.ok(found, `line ${line} is known`)
    await uma.client.call('messages.delete', { message_id: found.id, for: 'everyone' })
  }
  const moved: string[] = []
  async function look(what: string) {
    for (let n = 0; n < 6; n++) {
      await pause(100)
      const by = ((await top()) ?? Number.NaN) - before
      if (!(Math.abs(by) <= 2)) moved.push(`${what}: ${by} px`)
    }
  }
  for (const line of [70, 72, 71, 69, 66]) {
    await unsend(line)
    await look(`one, line ${line}`)
  }
  await Promise.all(Array.from({ length: 20 }, (_, n) => unsend(45 + n)))
  await look('twenty')
  assert.deepEqual(moved, [])
  assert.deepEqual(reader.faults, [])
})

test('a message that waits for a connection can be taken out again, by its menu', async () => {
  await say(...(await app.friends('wim', 'wes')), ['hello'])
  const wim = await app.signedIn('wim')
  await wim.openFromInbox('wes')
  const { page } = wim
  await wim.message('hello').waitFor()
  await page.waitForLoadState('networkidle')
  await wim.context.setOffline(true)
  await page.getByText(/^Offline/).waitFor()
  for (const text of ['never mind', 'not yet', 'goes out']) await wim.type(text)
  await wim.message('goes out').waitFor()
  await pause(300)
  await hold(wim, 'never mind', 900)
  await page.getByRole('menuitem', { name: 'Copy' }).waitFor()
  await wim.accessible('the menu of a waiting message')
  await page.getByRole('menuitem', { name: 'Don’t send' }).tap()
  await wim.gone('never mind')
  await wim.message('not yet').focus()
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: 'Back to the field' }).click()
  await wim.message('not yet').waitFor({ state: 'detached' })
  await until(async () => (await wim.composer.inputValue()) === 'not yet', 'it is in the field')
  await wim.context.setOffline(false)
  await wim
    .message('goes out')
    .and(page.getByRole('article', { name: /\((Sent|Delivered|Read)\)/ }))
    .waitFor()
  assert.equal(await wim.message('never mind').count(), 0)
  assert.deepEqual(wim.faults, [])
})

test('an unsend that found no connection can be tried again, and says so no longer once it is back', async () => {
  await say(...(await app.friends('ole', 'oda')), ['stays', 'goes'])
  const ole = await app.signedIn('ole', 'desktop')
  await ole.openFromInbox('oda')
  const { page } = ole
  await ole.message('goes').waitFor()
  await page.waitForLoadState('networkidle')
  await ole.context.setOffline(true)
  await page.getByText(/^Offline/).waitFor()
  await ole.choose('goes', 'Unsend')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByRole('button', { name: 'Unsend', exact: true }).click()
  const problem = dialog.getByText('No connection to the service right now.')
  await problem.waitFor()
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await problem.waitFor()
  await ole.context.setOffline(false)
  await problem.waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: 'Unsend', exact: true }).click()
  await ole.gone('goes')
})

test('Esc closes the emoji picker, not the conversation, wherever the focus is in it', async () => {
  await say(...(await app.friends('eli', 'eva')), ['hello'])
  const eli = await app.signedIn('eli', 'desktop')
  await eli.openFromInbox('eva')
  const { page } = eli
  const button = page.getByRole('button', { name: 'Emoji', exact: true })
  const search = page.getByRole('searchbox', { name: 'Search emoji' })
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await button.click()
  await search.waitFor()
  await until(async () => (await focused()) === 'Search emoji', 'the search has the focus')
  for (const place of [search, eli.composer, page.getByRole('button', { name: 'Close emoji' })]) {
    if ((await search.count()) === 0) await button.click()
    await search.waitFor()
    await place.focus()
    await page.keyboard.press('Escape')
    await search.waitFor({ state: 'detached' })
    assert.equal(await focused(), 'Emoji')
    await eli.message('hello').waitFor()
  }
})

for (const screen of ['phone', 'desktop'] as const)
  test(`on a ${screen} the list follows a growing field, and Esc leads back to the row`, async () => {
    const [a, b] = [`gil_${screen}`, `gus_${screen}`]
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`)
    await say(...(await app.friends(a, b)), lines)
    const device = await app.signedIn(a, screen)
    await device.openFromInbox(b)
    const last = device.message('line 29')
    await last.waitFor()
    await device.composer.fill('one\ntwo\nthree\nfour\nfive')
    await until(async () => {
      const [message, field] = [await last.boundingBox(), await device.composer.boundingBox()]
      return message !== null && field !== null && message.y + message.height < field.y
    }, 'the last message stands above the field')
    await device.composer.focus()
    await device.page.keyboard.press('Escape')
    await until(
      () => device.row(b).evaluate((row) => row === document.activeElement),
      'the row in the inbox has the focus',
    )
  })
