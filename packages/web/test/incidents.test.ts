/** What the operator says about the service, in the app and on the page at /status. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, type App } from './app.ts'
import '../../../scripts/browser.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

test('the newest open incident is a line that leads to the page; announcements can be dismissed', async () => {
  await app.person('ada')
  for (const title of ['A new picture', 'Maintenance on Sunday'])
    await app.administer('incidents.open', {
      kind: 'announcement',
      title,
      text: 'From 4 to 5 UTC.',
    })
  const problem = await app.administer('incidents.open', {
    kind: 'incident',
    title: '<b>Slow</b> sends',
    text: 'A disk is slow.\nNothing is lost.',
  })
  const ada = await app.signedIn('ada')
  const { page } = ada
  const line = page.getByTestId('incident')
  await line.getByText('Known problem: <b>Slow</b> sends').waitFor()
  assert.equal(await line.getByRole('button').count(), 0, 'an incident cannot be dismissed')
  await ada.accessible('the inbox with an incident')

  await line.getByRole('link').click()
  await page.getByRole('heading', { name: 'Something isn’t working' }).waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.getByRole('heading', { name: '<b>Slow</b> sends' }).waitFor()
    await page.getByText('Maintenance on Sunday').waitFor()
    await ada.accessible(`the status page in ${colorScheme}`)
  }
  const wide = await page.evaluate(() => getComputedStyle(document.body).maxWidth)
  assert.notEqual(wide, 'none', 'the page has its style')

  await app.administer('incidents.resolve', { incident_id: problem.id })
  await page.getByRole('link', { name: 'To the app' }).click()
  await line.getByRole('link', { name: 'Maintenance on Sunday' }).waitFor()
  await ada.accessible('the inbox with an announcement')
  await line.getByRole('button', { name: 'Dismiss announcement' }).click()
  await line.getByRole('link', { name: 'A new picture' }).waitFor()
  await page.reload()
  await line.getByRole('link', { name: 'A new picture' }).waitFor()
  assert.deepEqual(ada.faults, [])
})
