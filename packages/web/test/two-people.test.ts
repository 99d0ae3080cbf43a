/** The main road in a browser: from nothing to a talk, and what each side sees of the other. */
// both engines
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, until, type App } from './app.ts'
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

test('two strangers sign up, find and follow each other, and talk', async () => {
  const mia = await app.device()
  const tom = await app.device('desktop')
  await mia.page.goto('/')
  await mia.page.getByRole('button', { name: 'Sign in' }).waitFor()
  await mia.accessible('the welcome screen')
  await mia.signUp('mia', 'Mia Sol')
  await mia.accessible('an empty inbox')
  await tom.signUp('tom', 'Tom Reed')

  await mia.openFromSearch('Tom Reed')
  await mia.page.getByText(/Only friends can message here/).waitFor()
  await mia.accessible('a conversation that cannot be written in')
  await mia.composer.fill('Hello Tom')
  await mia.page.getByRole('button', { name: 'Follow', exact: true }).click()
  await mia.page.getByText(/Once they follow you back/).waitFor()
  assert.equal(await mia.composer.inputValue(), 'Hello Tom', 'the composer keeps the words')

  await tom.page.goto('/people')
  await tom.page.getByRole('searchbox', { name: 'Search people' }).fill('@mia')
  await tom.page.getByRole('button', { name: 'Follow Mia Sol' }).click()
  await tom.accessible('people')

  // The relation reached Mia's device by itself: the refusal is gone without a reload.
  await mia.page.getByText(/Once they follow you back/).waitFor({ state: 'detached' })
  await mia.page.getByRole('button', { name: 'Send', exact: true }).click()
  await mia.message('Hello Tom').waitFor()

  await tom.page.goto('/')
  await tom.row('Mia Sol').getByText('Hello Tom').waitFor()
  await tom.page
    .getByRole('link', { name: /1 unread message/ })
    .first()
    .waitFor()
  await tom.openFromInbox('Mia Sol')
  await tom.message('Hello Tom').waitFor()
  await mia.page.getByRole('article', { name: /\(Read\)/ }).waitFor()

  await tom.composer.pressSequentially('H')
  await mia.page.getByText('Tom Reed is typing').first().waitFor({ state: 'attached' })
  await tom.send('Hi Mia 😀')
  await mia.message('Hi Mia 😀').waitFor()
  await mia.accessible('a conversation on a phone')
  await tom.accessible('inbox and conversation on a desktop')
  assert.deepEqual([...mia.faults, ...tom.faults], [])
})

test('an edit shows as edited, with its earlier version', async () => {
  await app.friends('eda', 'edo')
  const eda = await app.signedIn('eda', 'desktop')
  await eda.openFromSearch('edo')
  await eda.send('see you at nein')
  await eda.composer.press('ArrowUp')
  assert.equal(await eda.composer.inputValue(), 'see you at nein')
  await eda.composer.fill('see you at nine')
  await eda.composer.press('Enter')
  await eda.message('see you at nine').waitFor()
  const edo = await app.signedIn('edo')
  await edo.openFromInbox('eda')
  await edo.message('see you at nine').waitFor()
  await edo.page.getByRole('button', { name: /Edited/ }).click()
  await edo.page.getByRole('dialog').getByText('see you at nein').waitFor()
  await edo.accessible('earlier versions')
})

test('a block closes the composer on both sides and tells only the one who blocked', async () => {
  await app.friends('bob', 'rob')
  const bob = await app.signedIn('bob')
  await bob.openFromSearch('rob')
  await bob.send('last words')
  const rob = await app.signedIn('rob')
  await rob.openFromInbox('bob')
  await rob.page.getByRole('button', { name: 'Conversation options' }).click()
  await rob.page.getByRole('menuitem', { name: 'Block bob' }).click()
  await rob.page
    .getByRole('alertdialog')
    .getByRole('button', { name: 'Block', exact: true })
    .click()
  await rob.page.goto('/')
  await rob.page.getByText('No conversations yet').waitFor()

  await bob.type('are you there')
  await bob.page.getByText('This person can’t get messages right now.').first().waitFor()
  assert.equal(await bob.page.getByText(/block/i).count(), 0, 'nothing speaks of a block')
  await until(
    async () => (await bob.composer.inputValue()) === 'are you there',
    'the refused words are back in the field',
  )
  assert.equal(await bob.message('are you there').count(), 0)

  await rob.page.goto('/profile')
  await rob.page.getByRole('button', { name: 'Unblock bob' }).click()
  await rob.page.goto('/')
  await rob.row('bob').waitFor()
})

test('texts in other scripts and emoji-only messages read as they should', async () => {
  await app.friends('noor', 'lior')
  const noor = await app.signedIn('noor')
  await noor.openFromSearch('lior')
  const arabic = 'مرحبا، هل وصلك الفيديو؟ (video 2)'
  await noor.send(arabic)
  await noor.send('👩‍🚀🏳️‍🌈')
  const direction = await noor.page
    .getByText(arabic, { exact: true })
    .evaluate((element) => getComputedStyle(element.closest('[dir]') ?? element).direction)
  assert.equal(direction, 'rtl')
  const size = (text: string) =>
    noor.page
      .getByText(text, { exact: true })
      .evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize))
  assert.ok((await size('👩‍🚀🏳️‍🌈')) > 1.5 * (await size(arabic)))
})

test('a conversation opens at its very end', async () => {
  const [nia, noa] = await app.friends('nia', 'noa')
  const { id } = await nia.client.call('conversations.open', { account_id: noa.id })
  for (let line = 0; line < 40; line++)
    await nia.client.call('messages.send', {
      conversation_id: id,
      client_id: `very-end-${line}` as never,
      text: line % 5 === 4 ? '👋' : `line ${line} `.repeat(1 + (line % 7)),
    })
  const phone = await app.signedIn('nia')
  await phone.openFromInbox('noa')
  const last = phone.page.getByRole('article', { name: /\((Sent|Delivered|Read)\)/ })
  for (const load of ['opened', 'reloaded']) {
    if (load === 'reloaded') await phone.page.reload()
    await last.waitFor()
    const below = () =>
      last.evaluate((element) => {
        let scroller: Element | null = element
        while (scroller !== null && scroller.scrollHeight <= scroller.clientHeight + 1)
          scroller = scroller.parentElement
        return scroller === null
          ? 0
          : scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop
      })
    await until(async () => Math.abs(await below()) <= 1, `nothing is below when ${load}`)
  }
})

test('an emoji from the picker stands where the cursor was', async () => {
  await app.friends('emma', 'emil')
  const emma = await app.signedIn('emma')
  await emma.openFromSearch('emil')
  await emma.composer.fill('good  morning')
  await emma.composer.evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(5, 5))
  await emma.page.getByRole('button', { name: 'Emoji', exact: true }).click()
  await emma.accessible('the emoji picker')
  await emma.page.getByRole('searchbox', { name: 'Search emoji' }).fill('sunrise')
  await emma.page
    .getByRole('button', { name: /sunrise/i })
    .first()
    .click()
  assert.match(await emma.composer.inputValue(), /^good \p{RGI_Emoji} morning$/v)
  assert.deepEqual(emma.faults, [])
})
