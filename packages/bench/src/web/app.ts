/** The service with the built web app, and people's browsers. */
import { freePort } from '../../../../scripts/postgres.ts'
import { startServer, type Server } from '../load/server.ts'
import { sleep } from './fling.ts'
import { PASSWORD, type Person } from './talk.ts'
import type { Browser, Page } from './trace.ts'

const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}

/** Starts it on a port that stays the same, as browsers keep what they have by address. */
export async function serveOn(dataDir: string): Promise<() => Promise<Server>> {
  const port = await freePort()
  return () => startServer(dataDir, { TAKEBACK_PORT: String(port) })
}

/** A phone of its own. */
export async function newPhone(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ ...PHONE, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return page
}

export async function signIn(page: Page, url: string, { username }: Person): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
}

/** Opens the only conversation that there is. */
export async function openConversation(page: Page): Promise<void> {
  await page.getByRole('list', { name: 'Conversations' }).getByRole('link').click()
  await page.getByRole('list', { name: 'Messages' }).getByRole('article').first().waitFor()
}

/** Waits until the browser holds so many messages. */
export async function untilHeld(page: Page, count: number): Promise<void> {
  await page.getByRole('list', { name: 'Conversations' }).getByRole('link').first().waitFor()
  while ((await held(page)) < count) await sleep(250)
}

const held = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    let sum = 0
    for (const { name } of await indexedDB.databases()) {
      const opening = indexedDB.open(name ?? '')
      await new Promise((resolve) => opening.addEventListener('success', resolve))
      const counting = opening.result.transaction('messages').objectStore('messages').count()
      await new Promise((resolve) => counting.addEventListener('success', resolve))
      opening.result.close()
      sum += counting.result
    }
    return sum
  })
