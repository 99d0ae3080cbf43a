/** A person reads back through a long conversation. */
import { Fault } from '../load/fault.ts'
import { fling, sleep, wheel } from './fling.ts'
import { framesOf, type Frames } from './frames.ts'
import type { Mouth } from './talk.ts'
import { trace, type Browser, type Page } from './trace.ts'
import { jumpTo, startWatching, stopWatching, type Seen } from './watch.ts'

/** The other writes meanwhile, this often, ms. */
const NEWS_EVERY = 400
/** Somebody who goes elsewhere looks where they are before they go on, ms. */
const LOOK = 300

export interface Scrolled {
  frames: Frames
  seen: Seen
}

/** Something that scrolls the list of the open conversation. */
export type Journey = (page: Page, duration: number) => Promise<void>

/** Where each page of history has to be fetched first. */
export const throughPages: Journey = async (page, duration) => {
  await fling(page, 'older', duration * 0.5)
  await wheel(page, 'older', duration * 0.1)
  await fling(page, 'newer', duration * 0.1)
  // To the end of what is held, again and again: then older pages come.
  for (let count = 0; count < 3; count++) {
    await goTo(page, 0)
    await fling(page, 'older', duration * 0.07)
  }
  await backDown(page)
}

/** Where everything is there, from the newest message to the very first. */
export const throughAll: Journey = async (page, duration) => {
  await fling(page, 'older', duration * 0.3)
  await wheel(page, 'older', duration * 0.1)
  await fling(page, 'newer', duration * 0.15)
  for (const part of [0.5, 0.1, 0.9, 0, 0.7]) {
    await goTo(page, part)
    await fling(page, part === 0 ? 'newer' : 'older', duration * 0.08)
  }
  await backDown(page)
}

/** Who takes the scrollbar stops what still moves. */
async function goTo(page: Page, part: number): Promise<void> {
  await sleep(LOOK)
  await jumpTo(page, part)
  await sleep(LOOK)
}

async function backDown(page: Page): Promise<void> {
  // Its words change while new messages come in.
  await page.locator('button', { hasText: /new message/ }).click()
  await sleep(1_000)
}

/**
 * Scrolls while the other goes on writing, and looks at every frame.
 * @param texts what was said, by seq; gains what is said meanwhile
 * @throws Fault — a message was not what was said there, or stood in another order
 */
export async function scroll(
  browser: Browser,
  page: Page,
  journey: Journey,
  { duration, mouth, texts }: { duration: number; mouth: Mouth; texts: Map<number, string> },
): Promise<Scrolled> {
  const said: Promise<void>[] = []
  const news = setInterval(() => {
    const saying = mouth.say(`news ${texts.size + said.length}`)
    said.push(saying.then(({ seq, text }) => void texts.set(seq, text ?? '')))
  }, NEWS_EVERY)
  try {
    await startWatching(page)
    const events = await trace(browser, page, () => journey(page, duration))
    const seen = await stopWatching(page)
    clearInterval(news)
    await Promise.all(said)
    checkOrder(seen, texts)
    return { frames: framesOf(events), seen }
  } finally {
    clearInterval(news)
  }
}

/** What stood on the screen is what was said, in the order in which it was said, nothing left out. */
export function checkOrder({ texts, neighbours }: Seen, said: ReadonlyMap<number, string>): void {
  for (const [seq, text] of texts)
    if (said.get(seq) !== text)
      throw new Fault(`Message ${seq} shows “${text}” where “${said.get(seq)}” was said.`)
  const seqs = [...said.keys()].sort((a, b) => a - b)
  const after = new Map(seqs.map((seq, at) => [seq, seqs[at + 1]]))
  for (const [above, below] of neighbours)
    if (after.get(above) !== below)
      throw new Fault(`Below message ${above} stood ${below}, not ${after.get(above)}.`)
}
