/** Taking a message back, seen by the other person, whatever their device is doing just then. */
// both engines
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, until, type App } from './app.ts'
// Run one at a time: it drives a browser.
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

let made = 0
/** Two friends, each with a device, in an open conversation. */
async function talking() {
  const [a, b] = [`ann${++made}`, `ben${made}`]
  const [ann, ben] = await app.friends(a, b)
  const sender = await app.signedIn(a)
  await sender.openFromSearch(b)
  return { a, b, ann, ben, sender }
}

test('U2: unsent while the other is looking at it, it folds to a line and leaves their device', async () => {
  const { a, b, sender } = await talking()
  await sender.send('the first stays')
  const reader = await app.signedIn(b)
  await reader.openFromInbox(a)
  await sender.send('canary-online')
  await reader.message('canary-online').waitFor()

  await sender.unsend('canary-online')
  await reader.gone('canary-online')
  await reader.page.getByText('Message unsent').waitFor()
  await reader.message('the first stays').waitFor()
  await sender.page.getByText('Message unsent').waitFor()
  for (const device of [sender, reader]) {
    await until(
      async () => !(await device.kept()).includes('canary-online'),
      'the browser keeps nothing of it',
    )
    assert.deepEqual(device.faults, [])
  }
})

test('U2: unsent while the other is offline, it is gone as soon as they are back', async () => {
  const { a, b, sender } = await talking()
  await sender.send('the first stays')
  const reader = await app.signedIn(b)
  await reader.openFromInbox(a)
  await sender.send('canary-offline')
  await reader.message('canary-offline').waitFor()
  await reader.context.setOffline(true)
  await reader.page.getByText(/^Offline/).waitFor()

  await sender.unsend('canary-offline')
  await reader.message('canary-offline').waitFor()
  await reader.context.setOffline(false)
  await reader.gone('canary-offline')
  await reader.page.getByText('Message unsent').waitFor()
  await until(
    async () => !(await reader.kept()).includes('canary-offline'),
    'the browser keeps nothing of it',
  )
})

test('U2: unsent while the other reloads, it never shows again', async () => {
  const { a, b, sender } = await talking()
  await sender.send('the first stays')
  const reader = await app.signedIn(b)
  await reader.openFromInbox(a)
  for (let round = 0; round < 4; round++) {
    const canary = `canary-reload-${round}`
    await sender.send(canary)
    await reader.message(canary).waitFor()
    await Promise.all([reader.page.reload(), sender.unsend(canary)])
    await reader.message('the first stays').waitFor()
    await reader.gone(canary)
    await until(async () => !(await reader.kept()).includes(canary), 'the browser keeps nothing')
  }
})

test('U2: unsent in the middle of a page of history, what is read does not move away', async () => {
  const { a, b, ann, ben } = await talking()
  const { id } = await ann.client.call('conversations.open', { account_id: ben.id })
  const texts = Array.from({ length: 150 }, (_, number) => `line ${number}`)
  texts[60] = 'canary-history'
  for (const [number, text] of texts.entries())
    await ann.client.call('messages.send', {
      conversation_id: id,
      client_id: `history-${made}-${number}` as never,
      text,
    })
  const reader = await app.signedIn(b)
  await reader.openFromInbox(a)
  await reader.message('line 149').waitFor()
  const { page } = reader
  await page.mouse.move(195, 400)
  await until(async () => {
    const found = reader.message('canary-history')
    // A row may be put away between being found and being measured, as the list moves on.
    const box =
      (await found.count()) > 0
        ? await found.boundingBox({ timeout: 1000 }).catch(() => null)
        : null
    if (box !== null && box.y > 200 && box.y < 600) return true
    await page.mouse.wheel(0, -250)
    return false
  }, 'the reader has scrolled to the message')
  const height = async (text: string) => (await reader.message(text).boundingBox())?.y ?? Number.NaN
  let before = await height('line 59')
  let still = 0
  await until(async () => {
    const now = await height('line 59')
    still = now === before ? still + 1 : 0
    before = now
    return still === 5
  }, 'scrolling has come to rest')

  const page61 = await ann.client.call('messages.list', { conversation_id: id, around: 61 })
  const target = page61.items.find((message) => message.text === 'canary-history')
  assert.ok(target)
  await ann.client.call('messages.delete', { message_id: target.id, for: 'everyone' })
  await reader.gone('canary-history')
  await reader.page.getByText('Message unsent').waitFor()
  await reader.message('line 61').waitFor()
  const moved = (await height('line 59')) - before
  assert.ok(Math.abs(moved) <= 2, `what stands above has moved by ${moved} px`)
})

test('an unsend before any device of the other had it leaves no trace at all', async () => {
  const { a, b, sender } = await talking()
  await sender.send('canary-no-trace')
  await sender.unsend('canary-no-trace')
  await sender.gone('canary-no-trace')
  const reader = await app.signedIn(b)
  await reader.page.getByText('No conversations yet').waitFor()
  await reader.openFromSearch(a)
  assert.equal(await reader.page.getByText('Message unsent').count(), 0)
  assert.ok(!(await reader.kept()).includes('canary-no-trace'))
})

test('the dialog says what it reaches and what it cannot, and Keep keeps', async () => {
  const { sender } = await talking()
  await sender.send('kept after all')
  await sender.choose('kept after all', 'Unsend')
  const dialog = sender.page.getByRole('alertdialog')
  await dialog.getByText(/disappears for everybody/).waitFor()
  await dialog.getByText(/screenshots and forwarded messages/).waitFor()
  await sender.accessible('the unsend dialog')
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await dialog.waitFor({ state: 'detached' })
  await sender.message('kept after all').waitFor()
})
