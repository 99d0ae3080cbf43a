/** Somebody writes to a stranger: what each of the two sees, and what the stranger can do about it. */
// both engines
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, until, type App, type Device } from './app.ts'
// Run one at a time: it drives a browser.
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

/** Somebody who takes requests. */
async function open(username: string) {
  const person = await app.person(username)
  await person.client.call('settings.update', { who_can_message: 'everyone' })
  return person
}

/** Lets a stranger write to somebody, without a browser. */
async function ask(from: string, to: { id: string }, text: string) {
  const { client } = await app.person(from)
  const { id } = await client.call('conversations.open', { account_id: to.id as never })
  await client.call('messages.send', {
    conversation_id: id,
    client_id: `request-${from}` as never,
    text,
  })
  return { client, id }
}

const requestsLink = ({ page }: Device) => page.getByRole('link', { name: /^Requests/ })
const request = ({ page }: Device, name: string) =>
  page.getByRole('list', { name: 'Message requests' }).getByRole('link', { name: new RegExp(name) })
const button = ({ page }: Device, name: string) => page.getByRole('button', { name, exact: true })
const focused = ({ page }: Device) =>
  page.evaluate(() => document.activeElement?.tagName.toLowerCase())

test('a stranger asks, is accepted, and both talk', async () => {
  await app.person('sven')
  await open('rita')
  const rita = await app.signedIn('rita')
  const sven = await app.signedIn('sven', 'desktop')

  await sven.openFromSearch('rita')
  await sven.page.getByText(/Your first message is a request/).waitFor()
  await sven.accessible('a conversation with somebody who takes requests')
  await sven.type('see https://example.org')
  await sven.page
    .getByText(/can’t hold links/)
    .first()
    .waitFor()
  await until(
    async () => (await sven.composer.inputValue()) === 'see https://example.org',
    'the refused words are back in the field',
  )
  await sven.send('Hello Rita')
  await sven.page.getByText('They have your request.').waitFor()
  await sven.composer.fill('are you there')
  assert.ok(await button(sven, 'Send').isDisabled())
  await sven.accessible('a conversation that waits for an answer')

  await requestsLink(rita).getByText('1 person you don’t know').waitFor()
  assert.equal(await rita.page.title(), 'Inbox · Takeback', 'a request is no unread message')
  assert.equal(await rita.page.getByText(/unread conversation/).count(), 0)
  await rita.accessible('an inbox with requests')
  await requestsLink(rita).click()
  await request(rita, 'sven').getByText('Hello Rita').waitFor()
  await rita.accessible('requests')
  await request(rita, 'sven').click()
  await rita.message('Hello Rita').waitFor()
  await rita.page.getByText(/sven\W+ wants to message you/).waitFor()
  assert.equal(await rita.composer.count(), 0)
  await rita.accessible('a request')
  await rita.page.waitForTimeout(500)
  assert.equal(await sven.page.getByRole('article', { name: /\(Read\)/ }).count(), 0)

  await button(rita, 'Accept').click()
  await rita.composer.waitFor()
  await until(async () => (await focused(rita)) === 'a', 'the focus is on the heading')
  await sven.page.getByText('They have your request.').waitFor({ state: 'detached' })
  await sven.page.getByRole('article', { name: /\(Read\)/ }).waitFor()
  assert.equal(await sven.composer.inputValue(), 'are you there', 'what was typed is still there')
  await button(sven, 'Send').click()
  await rita.message('are you there').waitFor()
  await rita.send('Hi Sven')
  await sven.message('Hi Sven').waitFor()
  await rita.page.goto('/')
  await rita.row('sven').waitFor()
  await requestsLink(rita).waitFor({ state: 'detached' })
  assert.deepEqual([...rita.faults, ...sven.faults], [])
})

test('what is declined is gone for the one who declined, and the other notices nothing', async () => {
  const dora = await open('dora')
  await ask('pete', dora, 'canary-declined')
  await ask('quin', dora, 'second in line')
  const pete = await app.signedIn('pete')
  await pete.openFromInbox('dora')
  await pete.page.getByText('They have your request.').waitFor()

  const asked = await app.signedIn('dora', 'desktop')
  await requestsLink(asked).click()
  await request(asked, 'pete').click()
  await asked.message('canary-declined').waitFor()
  await button(asked, 'Decline').click()
  await request(asked, 'quin').waitFor()
  await request(asked, 'pete').waitFor({ state: 'detached' })
  await until(async () => (await focused(asked)) === 'h1', 'the focus is on the heading')
  assert.equal(new URL(asked.page.url()).pathname, '/requests')
  await until(async () => !(await asked.kept()).includes('canary-declined'), 'nothing is kept')

  await request(asked, 'quin').click()
  await asked.message('second in line').waitFor()
  const panel = asked.page.getByRole('region', { name: /wants to message you/ })
  await panel.getByRole('button', { name: 'Block' }).click()
  await asked.accessible('the block dialog of a request')
  await asked.page
    .getByRole('alertdialog')
    .getByRole('button', { name: 'Block', exact: true })
    .click()
  await asked.page.getByText('No conversations yet').waitFor()
  assert.equal(new URL(asked.page.url()).pathname, '/', 'none are left')
  await requestsLink(asked).waitFor({ state: 'detached' })

  await pete.page.reload()
  await pete.page.getByText('They have your request.').waitFor()
  await pete.message('canary-declined').waitFor()
  assert.equal(await pete.page.getByRole('article', { name: /\((Sent|Delivered)\)/ }).count(), 1)
  assert.deepEqual([...asked.faults, ...pete.faults], [])
})

test('all requests are declined at once', async () => {
  const nell = await open('nell')
  for (const name of ['uma', 'vic', 'wes']) await ask(name, nell, `hello from ${name}`)
  const asked = await app.signedIn('nell')
  await requestsLink(asked).getByText('3 people you don’t know').waitFor()
  await requestsLink(asked).click()
  await request(asked, 'uma').waitFor()
  await button(asked, 'Decline all').click()
  const dialog = asked.page.getByRole('alertdialog')
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await dialog.waitFor({ state: 'detached' })
  await request(asked, 'vic').waitFor()
  await button(asked, 'Decline all').click()
  await asked.accessible('the question before all are declined')
  await dialog.getByRole('button', { name: 'Decline all' }).click()
  await asked.page.getByText('No requests').waitFor()
  await until(async () => (await focused(asked)) === 'h1', 'the focus is on the heading')
  await asked.accessible('no requests')
  await button(asked, 'Back').click()
  await asked.page.getByText('No conversations yet').waitFor()
  assert.deepEqual(asked.faults, [])
})

test('who can message is chosen in the settings, and Esc leads back step by step', async () => {
  const otto = await app.person('otto')
  const asked = await app.signedIn('otto', 'desktop')
  await asked.page.goto('/profile')
  await asked.page.getByRole('radio', { name: /^Everyone/ }).check()
  await until(
    async () => (await otto.client.call('me.get', {})).settings.who_can_message === 'everyone',
    'the service has the choice',
  )
  await ask('xena', otto, 'hello Otto')
  await asked.page.goto('/')
  await requestsLink(asked).click()
  await request(asked, 'xena').click()
  await asked.message('hello Otto').waitFor()
  await asked.page.keyboard.press('Escape')
  await asked.page.waitForURL('**/requests')
  await asked.page.keyboard.press('Escape')
  await asked.page.getByRole('heading', { name: 'Inbox' }).waitFor()
})
