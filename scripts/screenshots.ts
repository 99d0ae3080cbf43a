/**
 * `npm run screenshots`: plays a short scene between two people of the demo in a real browser and
 * writes docs/screenshots/*.png. Wants fonts for emoji, Arabic and Japanese to be installed
 * (Debian: fonts-noto-color-emoji fonts-noto-core fonts-noto-cjk).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import { launch } from './browser.ts'
import { ensureWebBuilt } from './build-web.ts'
import { packagesDir, root } from './paths.ts'

const PASSWORD = 'takeback-demo'
const LARGEST = 200 * 1024
const screens = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
} as const
type Screen = keyof typeof screens
type Scheme = 'light' | 'dark'

const folder = join(root, 'docs/screenshots')

/** The demo on a free port, over data that goes away with it. */
async function startDemo(): Promise<{ url: string; stop: () => Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), 'takeback-screenshots-'))
  const service = spawn(
    process.execPath,
    [join(packagesDir, 'server/src/cli/takeback.ts'), 'demo'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        TAKEBACK_PORT: '0',
        TAKEBACK_DATA_DIR: data,
        TAKEBACK_LOG_LEVEL: 'error',
      },
    },
  )
  const stop = async () => {
    const ended = once(service, 'exit')
    if (service.exitCode === null && service.kill()) await ended
    rmSync(data, { recursive: true, force: true })
  }
  for await (const line of createInterface(service.stdout)) {
    const url = /ready at (\S+)/.exec(line)?.[1]
    if (url !== undefined) return { url, stop }
  }
  await stop()
  throw new Error('The demo ended before it was ready.')
}

async function signIn(browser: Browser, url: string, who: string, screen: Screen): Promise<Page> {
  const context = await browser.newContext({
    ...screens[screen],
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(url)
  await page.getByLabel('Username').fill(who)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('list', { name: 'Conversations' }).waitFor()
  return page
}

async function say(page: Page, ...texts: string[]): Promise<void> {
  const composer = page.getByRole('textbox', { name: 'Message' })
  for (const text of texts) {
    await composer.fill(text)
    await composer.press('Enter')
    await shows(page, text)
  }
}

const message = (page: Page, text: string) =>
  page.getByRole('article').getByText(text, { exact: true }).last()

/** A message stands in the open conversation. */
const shows = (page: Page, text: string) => message(page, text).waitFor()

async function openMenu(page: Page, text: string): Promise<void> {
  await message(page, text).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Unsend' }).waitFor()
}

async function askToUnsend(page: Page, text: string): Promise<void> {
  await openMenu(page, text)
  await page.getByRole('menuitem', { name: 'Unsend' }).click()
  await page.getByRole('alertdialog').waitFor()
}

async function shoot(page: Page, name: string, screen: Screen, scheme: Scheme): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  const path = join(folder, `${name}-${screen}-${scheme}.png`)
  // Fonts and avatars settle, and a status mark that has just changed is drawn.
  await page.waitForTimeout(400)
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  const { size } = statSync(path)
  console.log(`${path.slice(root.length + 1)} ${Math.ceil(size / 1024)} KB`)
  if (size > LARGEST) throw new Error(`${path} is larger than ${LARGEST / 1024} KB.`)
}

async function play(browser: Browser, url: string): Promise<void> {
  const mira = await signIn(browser, url, 'mira', 'phone')
  const jonas = await signIn(browser, url, 'jonas', 'desktop')

  await shoot(mira, 'inbox', 'phone', 'light')
  await shoot(mira, 'inbox', 'phone', 'dark')

  await mira.getByRole('link', { name: /Jonas Winter/ }).click()
  await jonas.getByRole('link', { name: /Mira Sol/ }).click()
  await say(jonas, 'Should I bring the tripod, or the big umbrella?')
  await shows(mira, 'Should I bring the tripod, or the big umbrella?')
  await say(mira, 'Tripod please', 'Love you too, Mum')
  await shows(jonas, 'Love you too, Mum')

  await askToUnsend(mira, 'Love you too, Mum')
  await shoot(mira, 'unsend', 'phone', 'dark')
  await shoot(mira, 'unsend', 'phone', 'light')
  await mira.getByRole('alertdialog').getByRole('button', { name: 'Unsend' }).click()
  await jonas.getByText('Message unsent').first().waitFor()

  await say(jonas, 'Packed. See you at nine 🎬')
  await shows(mira, 'Packed. See you at nine 🎬')
  await say(mira, '👋')
  await shows(jonas, '👋')

  // Opened afresh, nothing is new any more and nothing is hovered over.
  for (const page of [mira, jonas]) {
    await page.mouse.move(0, 0)
    await page.reload()
    await shows(page, '👋')
  }
  await shoot(mira, 'conversation', 'phone', 'light')
  await shoot(mira, 'conversation', 'phone', 'dark')
  await shoot(jonas, 'conversation', 'desktop', 'light')
  await shoot(jonas, 'conversation', 'desktop', 'dark')
}

ensureWebBuilt()
mkdirSync(folder, { recursive: true })
const demo = await startDemo()
try {
  const browser = await launch()
  try {
    await play(browser, demo.url)
  } finally {
    await browser.close()
  }
} finally {
  await demo.stop()
}
