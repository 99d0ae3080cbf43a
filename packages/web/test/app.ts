/** What the browser tests stand on: the real service in a process of its own, and people in Chromium. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { AdminCommand, AdminInput, AdminOutput } from '@takeback/protocol/admin.ts'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { launch } from '../../../scripts/browser.ts'
import { freePort } from '../../../scripts/postgres.ts'
import {
  befriend,
  signUp,
  spawnServer,
  temporaryFolder,
  type Person,
  type ServerProcess,
} from '../../server/test/world.ts'

export const PASSWORD = 'correct horse battery'

export const screens = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
} as const
export type Screen = keyof typeof screens

export interface App {
  url: string
  browser: Browser
  person(username: string): Promise<Person>
  friends(a: string, b: string): Promise<[Person, Person]>
  /** A browser of its own, as another machine would be. */
  device(screen?: Screen): Promise<Device>
  /** The same, signed in. */
  signedIn(username: string, screen?: Screen): Promise<Device>
  /** What `takeback incident` does. */
  administer<Name extends AdminCommand>(
    command: Name,
    input: AdminInput<Name>,
  ): Promise<AdminOutput<Name>>
  /** Ends the service as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same data and port. */
  revive(): Promise<void>
  close(): Promise<void>
}

export async function startApp(environment: Record<string, string> = {}): Promise<App> {
  const data = temporaryFolder()
  const settings = { TAKEBACK_PORT: String(await freePort()), ...environment }
  let server: ServerProcess = await spawnServer(data.path, settings)
  const browser = await launch()
  const { url } = server
  const contexts: BrowserContext[] = []

  async function device(screen: Screen = 'phone'): Promise<Device> {
    const context = await browser.newContext({
      ...screens[screen],
      baseURL: url,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    })
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    return new Device(context, page)
  }

  return {
    url,
    browser,
    device,
    person: (username) => signUp(url, username),
    async friends(a, b) {
      const pair: [Person, Person] = [await signUp(url, a), await signUp(url, b)]
      await befriend(...pair)
      return pair
    },
    async signedIn(username, screen) {
      const signed = await device(screen)
      await signed.signIn(username)
      return signed
    },
    async administer(command, input) {
      const access = JSON.parse(readFileSync(join(data.path, 'admin.json'), 'utf8')) as {
        port: number
        token: string
      }
      const response = await fetch(`http://127.0.0.1:${access.port}/${command}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      })
      assert.equal(response.status, 200)
      return (await response.json()) as never
    },
    kill: async () => void (await server.stop('SIGKILL')),
    async revive() {
      server = await spawnServer(data.path, settings)
    },
    async close() {
      for (const context of contexts) await context.close()
      await browser.close()
      await server.stop()
      data.remove()
    },
  }
}

/** One browser with one tab, driven by what a person sees. */
export class Device {
  readonly context: BrowserContext
  readonly page: Page
  readonly faults: string[] = []

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', (error) => this.faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|Trusted/.test(message.text()))
        this.faults.push(message.text())
    })
  }

  async signIn(username: string): Promise<void> {
    await this.page.goto('/')
    await this.page.getByLabel('Username').fill(username)
    await this.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
    await this.page.getByRole('heading', { name: 'Inbox' }).waitFor()
  }

  async signUp(username: string, displayName: string): Promise<void> {
    await this.page.goto('/')
    await this.page.getByText('New here? Create an account').click()
    await this.page.getByLabel('Username').fill(username)
    await this.page.getByLabel('Display name').fill(displayName)
    await this.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await this.page.getByLabel('Birth date').fill('1995-06-15')
    await this.page.getByRole('button', { name: 'Create account' }).click()
    await this.page.getByRole('heading', { name: 'Inbox' }).waitFor()
  }

  /** Opens the conversation with somebody who is in the inbox. */
  async openFromInbox(name: string): Promise<void> {
    await this.page.getByRole('list', { name: 'Conversations' }).waitFor()
    await this.row(name).click()
    await this.composer.waitFor()
  }

  /** Finds somebody by search and opens the conversation with them. */
  async openFromSearch(name: string): Promise<void> {
    await this.page.goto('/people')
    await this.page.getByRole('searchbox', { name: 'Search people' }).fill(name)
    await this.page.getByRole('button', { name: `Message ${name}` }).click()
    await this.composer.waitFor()
  }

  row(name: string): Locator {
    return this.page
      .getByRole('list', { name: 'Conversations' })
      .getByRole('link', { name: new RegExp(name) })
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }

  async type(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.page.getByRole('button', { name: 'Send', exact: true }).click()
  }

  /** Sends a text and waits until the service has it. */
  async send(text: string): Promise<void> {
    await this.type(text)
    await this.message(text)
      .and(this.page.getByRole('article', { name: /\((Sent|Delivered|Read)\)/ }))
      .waitFor()
  }

  /** The bubble with exactly this text in the open conversation. */
  message(text: string): Locator {
    return this.page
      .getByRole('article')
      .filter({ has: this.page.getByText(text, { exact: true }) })
  }

  async choose(text: string, item: string): Promise<void> {
    await this.message(text).getByText(text, { exact: true }).click({ button: 'right' })
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  async unsend(text: string): Promise<void> {
    await this.choose(text, 'Unsend')
    await this.page
      .getByRole('alertdialog')
      .getByRole('button', { name: 'Unsend', exact: true })
      .click()
    await this.gone(text)
  }

  /** Waits until a text stands nowhere on the page. */
  async gone(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).first().waitFor({ state: 'detached' })
  }

  /** Everything that this browser keeps of the app: what somebody who takes the phone could read. */
  kept(): Promise<string> {
    return this.page.evaluate(async () => {
      const kept: unknown[] = [Object.entries(localStorage), Object.entries(sessionStorage)]
      for (const { name } of await indexedDB.databases()) {
        if (name === undefined) continue
        const db = await new Promise<IDBDatabase>((resolve, reject) => {
          const request = indexedDB.open(name)
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(new Error(`${name} could not be opened.`))
        })
        for (const store of db.objectStoreNames) {
          const rows = db.transaction(store).objectStore(store).getAll()
          await new Promise((resolve) => rows.addEventListener('success', resolve))
          kept.push(rows.result)
        }
        db.close()
      }
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) kept.push(request.url)
      return JSON.stringify(kept)
    })
  }

  /** No violation of any axe rule on what is shown now. */
  async accessible(screen: string): Promise<void> {
    // Halfway from one state to the next, colours are those of neither.
    await this.page.waitForFunction(
      () =>
        document.querySelector('button[aria-busy]') === null &&
        document
          .getAnimations()
          .every(
            ({ effect }) => effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY,
          ),
    )
    const { violations } = await new AxeBuilder({ page: this.page }).analyze()
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
      [],
      `axe finds fault with ${screen}`,
    )
  }
}

/** Waits until something holds that no locator can wait for. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
