/** Every screen, at phone and desktop size, in light and dark: nothing for axe to complain of, nothing cut off. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { screens, startApp, type App, type Device, type Screen } from './app.ts'
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

const LONG = 'Wolfeschlegelsteinhausenbergerdorffwelchevoralterns'.slice(0, 50)

/** Nothing is wider than the screen: what is too long wraps or is shortened. */
async function fits(device: Device, screen: string): Promise<void> {
  const wider = await device.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  assert.ok(wider <= 0, `${screen} is ${wider} px wider than the window`)
}

async function look(device: Device, screen: string): Promise<void> {
  await device.accessible(screen)
  await fits(device, screen)
}

for (const size of Object.keys(screens) as Screen[])
  for (const colorScheme of ['light', 'dark'] as const)
    test(`every screen on a ${size} in ${colorScheme}`, async () => {
      const name = `${size}.${colorScheme}`
      const [ann, ben] = await app.friends(`ann.${name}`, `ben.${name}`)
      const eve = await app.person(`eve.${name}`)
      await ben.client.call('me.update', { display_name: LONG })
      await ann.client.call('graph.block', { account_id: eve.id })
      const { id } = await ann.client.call('conversations.open', { account_id: ben.id })
      for (const [index, text] of ['hello', '👋', `a${'b'.repeat(300)}`, 'مرحبا (1)'].entries())
        await (index % 2 === 0 ? ann : ben).client.call('messages.send', {
          conversation_id: id,
          client_id: `screens-${name.replace('.', '-')}-${index}` as never,
          text,
        })

      const zoe = await app.person(`zoe.${name}`)
      await zoe.client.call('me.update', { display_name: LONG })
      await ann.client.call('settings.update', { who_can_message: 'everyone' })
      const asked = await zoe.client.call('conversations.open', { account_id: ann.id })
      await zoe.client.call('messages.send', {
        conversation_id: asked.id,
        client_id: `screens-${name.replace('.', '-')}-asks` as never,
        text: 'hello, stranger',
      })

      const device = await app.device(size)
      const { page } = device
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.goto('/sign-up')
      await page.getByRole('button', { name: 'Create account' }).click()
      await page.getByText('Enter your birth date.').first().waitFor()
      await look(device, 'sign-up with its errors')
      await page.goto('/')
      await page.getByLabel('Username').fill(`ann.${name}`)
      await page.getByLabel('Password', { exact: true }).fill('not the password')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('Username and password don’t match.').waitFor()
      await look(device, 'sign-in with a wrong password')
      await device.signIn(`ann.${name}`)
      await device.row(LONG).waitFor()
      await look(device, 'the inbox')

      await page.goto('/requests')
      await page.getByText('hello, stranger').waitFor()
      await look(device, 'requests')
      await page.goto(`/c/${asked.id}`)
      await page.getByRole('button', { name: 'Accept' }).waitFor()
      await look(device, 'a request')

      await page.goto('/people')
      for (const list of ['Friends', 'Following', 'Followers']) {
        await page.getByRole('tab', { name: list }).click()
        await look(device, list)
      }
      await page.getByRole('searchbox', { name: 'Search people' }).fill(`ben.${name}`)
      await page.getByText('1 person found').waitFor({ state: 'attached' })
      await look(device, 'search results')
      await page.getByRole('searchbox', { name: 'Search people' }).fill('nobody of this name')
      await page.getByText(/Nobody found/).waitFor()
      await look(device, 'a search without results')

      await page.goto(`/u/ben.${name}`)
      await page.getByText('You follow each other: friends').first().waitFor()
      await look(device, 'a profile')
      await page.goto('/profile')
      await page.getByRole('button', { name: `Unblock eve.${name}` }).waitFor()
      await look(device, 'settings')
      await page.goto('/help/not_friends')
      await page.getByText('Code: not_friends').waitFor()
      await look(device, 'a help page')
      await page.goto('/nowhere')
      await page.getByText('This page does not exist').waitFor()
      await look(device, 'a page that does not exist')

      await page.goto(`/c/${id}`)
      await device.message('مرحبا (1)').waitFor()
      await look(device, 'a conversation')
      await device.message('hello').getByText('hello').click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Unsend' }).waitFor()
      await look(device, 'the menu of a message')
      await page.keyboard.press('Escape')
      for (const item of ['Delete thread for me', `Block ${LONG}`]) {
        await page.getByRole('button', { name: 'Conversation options' }).click()
        await page.getByRole('menuitem', { name: item }).click()
        await page.getByRole('alertdialog').waitFor()
        await look(device, item)
        await page.keyboard.press('Escape')
        await page.getByRole('alertdialog').waitFor({ state: 'detached' })
      }
      assert.deepEqual(device.faults, [])
    })

test('everything can be done with the keyboard alone', async () => {
  await app.friends('key', 'board')
  const key = await app.signedIn('key', 'desktop')
  const { page } = key
  await page.keyboard.press('/')
  await page.getByRole('searchbox', { name: 'Search people' }).waitFor()
  await page.keyboard.type('board')
  const message = page.getByRole('button', { name: 'Message board' })
  await message.waitFor()
  await message.focus()
  await page.keyboard.press('Enter')
  await key.composer.waitFor()
  await key.composer.focus()
  await page.keyboard.type('one')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('two')
  await page.keyboard.press('Enter')
  await page.getByRole('article', { name: /\((Sent|Delivered|Read)\)/ }).waitFor()
  assert.match(await page.getByRole('article').innerText(), /one\ntwo/)

  await page.keyboard.type('to be unsent')
  await page.keyboard.press('Enter')
  const doomed = page.getByRole('article', { name: /to be unsent \((Sent|Delivered|Read)\)/ })
  await doomed.waitFor()
  await doomed.focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Delete')
  await page.getByRole('alertdialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').waitFor({ state: 'detached' })
  assert.ok(await doomed.evaluate((element) => element === document.activeElement), 'focus returns')
  await page.keyboard.press('Delete')
  const unsend = page.getByRole('alertdialog').getByRole('button', { name: 'Unsend' })
  await unsend.waitFor()
  await unsend.focus()
  await page.keyboard.press('Enter')
  await doomed.waitFor({ state: 'detached' })

  await page.keyboard.press('Escape')
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await key.accessible('keyboard shortcuts')
})
