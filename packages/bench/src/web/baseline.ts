import { fling } from './fling.ts'
import { framesOf, type Frames } from './frames.ts'
import { newPhone } from './app.ts'
import { trace, type Browser } from './trace.ts'

/** Enough to fling through for some seconds. */
const ROWS = 2_000

/** The same strokes over plain rows that are all there, without a script: what the browser itself needs on this machine. */
export async function plainPage(browser: Browser, duration: number): Promise<Frames> {
  const page = await newPhone(browser)
  const rows = Array.from(
    { length: ROWS },
    (_, at) =>
      `<li style="min-height:56px">${at} words that are said, as in a message of some length</li>`,
  )
  await page.setContent(
    `<ul style="height:100vh;margin:0;overflow:auto" id="list">${rows.join('')}</ul>`,
  )
  await page.evaluate(() => {
    const list = document.querySelector('#list')
    if (list) list.scrollTop = list.scrollHeight
    // As the watched page does, it draws all the time.
    requestAnimationFrame(function next() {
      requestAnimationFrame(next)
    })
  })
  const events = await trace(browser, page, () => fling(page, 'older', duration))
  await page.context().close()
  return framesOf(events)
}
