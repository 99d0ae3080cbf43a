/**
 * F9, the web app on a phone: how much script is loaded before the inbox shows, and whether a
 * conversation of a hundred thousand messages scrolls without a frame that can be felt, both fetched
 * page by page and held whole.
 */
import { join } from 'node:path'
import { findChromium, launch } from '../../../../scripts/browser.ts'
import { ensureWebBuilt } from '../../../../scripts/build-web.ts'
import type { Figure, Measurement, Run } from '../figure.ts'
import { machineTime } from '../load/usage.ts'
import { percentile } from '../percentile.ts'
import { newPhone, openConversation, serveOn, signIn, untilHeld } from '../web/app.ts'
import { plainPage } from '../web/baseline.ts'
import type { Frames } from '../web/frames.ts'
import { scriptBeforeInbox, type ScriptSize } from '../web/script-size.ts'
import { scroll, throughAll, throughPages, type Scrolled } from '../web/scroll.ts'
import { makeFriends, openMouth, spreadOverYears, talk } from '../web/talk.ts'
import type { Browser } from '../web/trace.ts'

const MESSAGES = 100_000
/** ms */
const FRAME = 50
/** KB of 1,024 bytes */
const SCRIPT = 130
/** How long is scrolled, s. */
const SECONDS = 20
/** A page that has drawn this recently had its chance to add rows, ms: else the machine was busy. */
const CHANCE = 100

export const web: Measurement = async (run) => {
  try {
    findChromium()
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error)
    return [scriptFigure(null, note), ...journeys.map((name) => frameFigure(name, null, note))]
  }
  ensureWebBuilt()
  const browser = await launch()
  try {
    return await measure(run, browser)
  } finally {
    await browser.close()
  }
}

async function measure(run: Run, browser: Browser): Promise<Figure[]> {
  const dataDir = join(run.folder, 'web')
  const duration = Number(run.options['seconds'] ?? SECONDS) * 1000
  const start = await serveOn(dataDir)
  let server = await start()
  try {
    const friends = await makeFriends(server.url)
    // Signed in before anything is said, and away while it is.
    const away = await newPhone(browser)
    await signIn(away, server.url, friends.reader)
    await away.goto('about:blank')
    run.say(`${MESSAGES.toLocaleString('en')} messages are sent`)
    const texts = await talk(server.url, friends, MESSAGES)
    await server.stop()
    spreadOverYears(dataDir, friends)
    server = await start()

    const fresh = await newPhone(browser)
    await signIn(fresh, server.url, friends.reader)
    const size = await scriptBeforeInbox(fresh, server.url)
    run.say('the same strokes over plain rows')
    const plain = await plainPage(browser, duration / 4)
    const mouth = await openMouth(server.url, friends.other, friends.conversation)
    const work = { duration, mouth, texts }

    const busy = busySince()
    run.say('scrolling through pages that are fetched')
    await openConversation(fresh)
    const pages = await scroll(browser, fresh, throughPages, work)
    await fresh.context().close()

    run.say('catching up with all of it')
    const began = performance.now()
    await away.goto(server.url)
    await untilHeld(away, MESSAGES)
    const caughtUp = (performance.now() - began) / 1000
    run.say('scrolling through what is held')
    await openConversation(away)
    const held = await scroll(browser, away, throughAll, work)
    mouth.close()

    const others = `; all programs together used ${busy()} % of the machine`
    return [
      scriptFigure(size),
      frameFigure(journeys[0], pages, others, plain),
      frameFigure(
        journeys[1],
        held,
        `; caught up with them in ${caughtUp.toFixed(1)} s${others}`,
        plain,
      ),
    ]
  } finally {
    await server.stop()
  }
}

function scriptFigure(size: ScriptSize | null, missing = ''): Figure {
  const kilobytes = (bytes: number) => (bytes / 1024).toFixed(1)
  return {
    id: 'F9',
    name: 'script before the inbox shows, gzip',
    value: size === null ? null : size.gzip / 1024,
    unit: 'KB',
    limit: null,
    peers: [],
    target: `≤ ${SCRIPT} KB`,
    ok: size === null ? null : size.gzip / 1024 <= SCRIPT,
    note:
      size === null
        ? missing
        : `${size.files} files, ${kilobytes(size.plain)} KB plain; sent as ${kilobytes(size.sent)} KB, content-encoding ${size.encoding}`,
  }
}

const journeys = ['fetched page by page', 'all on the device'] as const

function frameFigure(
  name: (typeof journeys)[number],
  scrolled: Scrolled | null,
  more: string,
  plain?: Frames,
): Figure {
  return {
    id: 'F9',
    name: `longest frame in ${MESSAGES.toLocaleString('en')} messages, ${name}`,
    value: scrolled === null ? null : longest(scrolled.frames),
    unit: 'ms',
    limit: plain === undefined ? null : longest(plain),
    peers: [],
    target: `≤ ${FRAME} ms`,
    ok: scrolled === null ? null : longest(scrolled.frames) <= FRAME,
    note: scrolled === null ? more : `${told(scrolled)}${more}`,
  }
}

const longest = ({ frames }: Frames): number => Math.max(...frames.map(({ thread }) => thread))

/** Gaps in the list that were the page's doing. */
const blanksOf = ({ seen }: Scrolled) =>
  seen.blanks.filter(({ when, since }) => when === 'drawn' || since < CHANCE)

function told(scrolled: Scrolled): string {
  const { frames, seen } = scrolled
  const walls = frames.frames.map(({ wall }) => wall)
  const threads = frames.frames.map(({ thread }) => thread)
  const blanks = blanksOf(scrolled)
  const worst = Math.round(Math.max(0, ...blanks.map(({ height }) => height)))
  return [
    `processor time of the page's main thread between two frames, of ${threads.length}: p99 ${percentile(threads, 0.99).toFixed(1)} ms`,
    `by the wall p99 ${percentile(walls, 0.99).toFixed(1)} ms, longest ${Math.max(...walls).toFixed(1)} ms`,
    `${seen.texts.length.toLocaleString('en')} messages passed, all right and in order`,
    `${frames.dropped} frames dropped`,
    `${blanks.length} gaps in ${seen.looks} looks${blanks.length === 0 ? '' : `, up to ${worst} px`}`,
    `${seen.blanks.length - blanks.length} more while the page was not let run`,
    `${seen.waits} frames at the end of what was held`,
  ].join('; ')
}

/** Share of the machine in use since now, %. */
function busySince(): () => number {
  const before = machineTime()
  return () => {
    const now = machineTime()
    return Math.round(((now.machine - before.machine) / (now.available - before.available)) * 100)
  }
}
