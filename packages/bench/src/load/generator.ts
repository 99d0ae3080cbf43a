/**
 * A load process: holds pairs of devices, lets them write to each other as it is ordered to, and
 * checks every delivery. Started by `startLoad`, which speaks to it in `Order`s and `Answer`s. The
 * first fault is reported and ends it; so does the end of who started it.
 */
import { Device } from './device.ts'
import { connect } from './connect.ts'
import { Fault } from './fault.ts'
import type { Address, Answer, Count, Order } from './orders.ts'
import { Rally } from './rally.ts'
import { Schedule } from './schedule.ts'

/** While something is missing, how long nothing at all may arrive before it counts as lost, ms. */
const NOTHING_FOR = 10_000
/** How long after all has arrived something may still come twice, ms. */
const LINGER = 300
/** Connecting at once; more would only make a queue. */
const AT_ONCE = 10

const devices: Device[] = []
let game: Rally | Schedule | null = null

async function perform(order: Order): Promise<Answer> {
  switch (order.type) {
    case 'connect':
      await connectAll(order.pairs)
      return { type: 'done' }
    case 'rally':
      game = new Rally()
      game.start(devices, order.window)
      return { type: 'done' }
    case 'schedule':
      game = new Schedule(devices, order.rate)
      game.start(order.warmUp, order.duration)
      return { type: 'done' }
    case 'count':
      return { type: 'counted', count: count() }
    case 'drain':
      await drain(order.patience)
      return {
        type: 'drained',
        latencies: game instanceof Schedule ? game.result() : null,
      }
  }
}

async function connectAll(pairs: [Address, Address][]): Promise<void> {
  const addresses = pairs.flat()
  for (const index of addresses.keys()) devices.push(new Device(index))
  for (let index = 0; index < devices.length; index += 2) {
    const [first, second] = [devices[index], devices[index + 1]]
    if (first !== undefined && second !== undefined) Device.pair(first, second)
  }
  const waiting = addresses.entries()
  const connectNext = async () => {
    for (const [index, address] of waiting) {
      const device = devices[index]
      device?.plug(await connect(address, device))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, connectNext))
}

function count(): Count {
  const { user, system } = process.cpuUsage()
  return {
    at: performance.now(),
    delivered: devices.reduce((sum, device) => sum + device.delivered, 0),
    cpu: (user + system) / 1000,
  }
}

/** Says nothing new and waits until all that was said has arrived, everywhere, once. */
async function drain(patience: number | null): Promise<void> {
  game?.stop()
  const end = performance.now() + (patience ?? Number.POSITIVE_INFINITY)
  let deadline = 0
  let before = -1
  for (;;) {
    const missing = devices.find((device) => !device.isSettled())
    if (missing === undefined) break
    const { delivered, at } = count()
    if (delivered > before) deadline = at + NOTHING_FOR
    before = delivered
    if (at > deadline) throw new Fault(`${missing.unsettled()} Nothing more came.`)
    if (at > end) throw new Fault(`It cannot keep up: of ${said()} messages ${delivered} arrived.`)
    await pause(10)
  }
  await pause(LINGER)
  for (const device of devices) device.close()
}

const said = (): number => devices.reduce((sum, device) => sum + device.sent, 0)

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const answer = (what: Answer, then: () => void = () => {}): void => {
  process.send?.(what, then)
}

const fail = (error: unknown): void => {
  const what = error instanceof Fault ? error.message : String((error as Error).stack ?? error)
  answer({ type: 'fault', what }, () => process.exit(1))
}

process.on('message', (order: Order) => void perform(order).then(answer, fail))
process.on('disconnect', () => process.exit())
process.on('uncaughtException', fail)
