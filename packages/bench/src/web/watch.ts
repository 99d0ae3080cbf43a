import type { Page } from './trace.ts'

/** What was seen on the page while somebody scrolled. */
export interface Seen {
  /** Messages that were in sight: their place in the conversation, and what stood there. */
  texts: [seq: number, text: string][]
  /** Messages that stood one below the other. */
  neighbours: [above: number, below: number][]
  /** Frames that were looked at. */
  looks: number
  /** Times a part of the list was in sight that had no row, with its height, px. */
  blanks: Blank[]
  /** Frames in which the end of what is held was in sight, with older messages still to come. */
  waits: number
}

export interface Blank {
  /** px */
  height: number
  /** Drawn by the page, or shown by a screen that was ahead of it. */
  when: 'drawn' | 'ahead'
  /** Since the page had last drawn, ms. */
  since: number
}

/** By which the list is found: what screen readers say. */
const NAMES = { list: 'Messages', loading: 'Loading older messages' }

/**
 * Looks at every frame of the page from now on, twice: after it was drawn, and when the finger has
 * moved the list on but the page could not add rows yet (`ahead`), which is what the screen shows
 * meanwhile.
 */
export async function startWatching(page: Page): Promise<void> {
  await page.evaluate(watch, NAMES)
}

export const stopWatching = (page: Page): Promise<Seen> =>
  page.evaluate(() => (window as unknown as { benchSeen(): Seen }).benchSeen())

/** As by the scrollbar: to a part of the whole, 0 being the oldest that is held. */
export const jumpTo = (page: Page, part: number): Promise<void> =>
  page.evaluate(
    ({ to, list }) => {
      const scroller = document.querySelector(`ul[aria-label="${list}"]`)?.parentElement
      ;(window as unknown as { benchJumps(): void }).benchJumps()
      if (scroller) scroller.scrollTop = to * scroller.scrollHeight
    },
    { to: part, list: NAMES.list },
  )

/** Runs in the page. */
function watch(names: typeof NAMES): void {
  const list = document.querySelector(`ul[aria-label="${names.list}"]`)
  const scroller = list?.parentElement
  if (!list || !scroller) throw new Error('There is no list of messages.')
  const frame: Element = scroller
  const rows = list.children
  const texts = new Map<number, string>()
  const neighbours = new Map<number, Set<number>>()
  const seen: Pick<Seen, 'looks' | 'blanks' | 'waits'> = { looks: 0, blanks: [], waits: 0 }
  /** What the rows cover since the page was last drawn, from the start of the list and from its end. */
  let covered = { fromStart: [0, 0], fromEnd: [0, 0] }
  let lookedAt = performance.now()
  let jumped = false
  let done = false

  /** Edges of rows lie between pixels. */
  const SLACK = 4
  function blank(height: number, when: 'drawn' | 'ahead') {
    if (height > SLACK) seen.blanks.push({ height, when, since: performance.now() - lookedAt })
  }

  /** Rows from above; one that is not measured yet is not shown. */
  function shownRows() {
    const found: { row: Element; top: number; bottom: number }[] = []
    for (const row of rows) {
      if ((row as HTMLElement).style.visibility === 'hidden') continue
      const { top, bottom } = row.getBoundingClientRect()
      found.push({ row, top, bottom })
    }
    return found.sort((a, b) => a.top - b.top)
  }

  function look() {
    seen.looks++
    const view = frame.getBoundingClientRect()
    let end = view.top
    let gap = 0
    let above: number | null = null
    let first: number | null = null
    for (const { row, top, bottom } of shownRows()) {
      // One row may be kept that is far away.
      if (bottom < view.top - 4000 || top > view.bottom + 4000) continue
      first ??= top
      if (bottom > view.top && top < view.bottom) {
        gap += Math.max(0, top - end)
        above = read(row, top - end > SLACK ? null : above)
      }
      end = Math.max(end, bottom)
    }
    blank(gap + Math.max(0, view.bottom - end), 'drawn')
    lookedAt = performance.now()
    const start = frame.scrollTop - view.top
    const top = start + (first ?? 0)
    covered = {
      fromStart: [top, start + end],
      fromEnd: [frame.scrollHeight - top, frame.scrollHeight - start - end],
    }
  }

  /** Notes the message in a row, and what stood above it. */
  function read(row: Element, above: number | null): number | null {
    const message = row.querySelector<HTMLElement>('[data-seq]')
    if (message === null) {
      if (row.querySelector(`[aria-label="${names.loading}"]`) !== null) seen.waits++
      return above
    }
    const seq = Number(message.dataset['seq'])
    texts.set(seq, message.textContent)
    if (above !== null) {
      const below = neighbours.get(above) ?? new Set()
      neighbours.set(above, below.add(seq))
    }
    return seq
  }

  /** Rows that came at one end moved the others, which then stand as before from the other end. */
  function lookAhead() {
    if (jumped) {
      jumped = false
      return
    }
    const top = frame.scrollTop
    const bottom = top + frame.clientHeight
    const [from = 0, to = 0] = covered.fromStart
    const [high = 0, low = 0] = covered.fromEnd
    blank(
      Math.min(
        Math.max(0, from - top) + Math.max(0, bottom - to),
        Math.max(0, frame.scrollHeight - top - high) +
          Math.max(0, low - (frame.scrollHeight - bottom)),
      ),
      'ahead',
    )
  }

  // The page itself goes elsewhere: no finger does.
  const { scrollTo } = frame
  frame.scrollTo = function (...args: unknown[]) {
    jumped = true
    Reflect.apply(scrollTo, frame, args)
  }

  function eachFrame() {
    if (done) return
    // Before anything else that waits, and after what this frame draws.
    void scheduler.postTask(look, { priority: 'user-blocking' })
    requestAnimationFrame(eachFrame)
  }
  // Before the list hears of it.
  window.addEventListener('scroll', lookAhead, { capture: true, passive: true })
  look()
  requestAnimationFrame(eachFrame)
  Object.assign(window, {
    benchJumps() {
      jumped = true
    },
    benchSeen(): Seen {
      done = true
      window.removeEventListener('scroll', lookAhead, { capture: true })
      return {
        texts: [...texts],
        neighbours: [...neighbours].flatMap(([above, below]) =>
          [...below].map((each): [number, number] => [above, each]),
        ),
        ...seen,
      }
    },
  })
}
