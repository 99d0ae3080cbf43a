import type { Page } from './trace.ts'

/** A quick stroke of a thumb over a phone's screen, 4,500 px a second; px and ms. */
const STROKE = { x: 195, from: 260, step: 36, steps: 8, every: 8 }
/** The thumb stops what still moves before it strokes again, ms: else speeds would add up. */
const REST = 80
/** Before the next one, ms. */
const PAUSE = 500

/** Older: the finger goes down, what is above comes into sight. */
export type Direction = 'older' | 'newer'

/** Flings the list with a finger, again and again, for this long, ms. */
export async function fling(page: Page, direction: Direction, duration: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const { x, from, step, steps, every } = STROKE
  const length = step * steps
  /** @param at ms after the thumb touched: the speed does not hang on when it arrives */
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', began: number, at: number) => {
    const moved = Math.max(0, ((at - REST) / every) * step)
    const y = direction === 'older' ? from + moved : from + length - moved
    return session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x, y }],
      timestamp: (began + at) / 1000,
    })
  }
  const end = performance.now() + duration
  while (performance.now() < end) {
    const began = Date.now()
    // Not awaited one by one: the page's answers would set the pace, and slow it to nothing.
    const sent = [touch('touchStart', began, 0)]
    await sleep(REST)
    for (let step = 1; step <= steps; step++) {
      await sleep(every)
      sent.push(touch('touchMove', began, REST + step * every))
    }
    sent.push(touch('touchEnd', began, REST + steps * every))
    await Promise.all(sent)
    await sleep(PAUSE)
  }
  await session.detach()
}

/** A notch of a mouse wheel turned steadily: 120 px, 25 times a second. */
const NOTCH = 120
const NOTCH_EVERY = 40

export async function wheel(page: Page, direction: Direction, duration: number): Promise<void> {
  await page.mouse.move(STROKE.x, STROKE.from)
  const end = performance.now() + duration
  while (performance.now() < end) {
    await page.mouse.wheel(0, direction === 'older' ? -NOTCH : NOTCH)
    await sleep(NOTCH_EVERY)
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))
