import { percentile } from '../percentile.ts'
import type { Device, Game } from './device.ts'

/** Milliseconds from when messages were due to be sent until they were delivered. */
export interface Latencies {
  count: number
  p50: number
  p99: number
  max: number
}

/**
 * Open loop: messages are due at a fixed rate, whatever has arrived, and latency counts from when one
 * was due. A service that stalls is charged for all that was due meanwhile, also what could only be
 * written later (coordinated omission).
 */
export class Schedule implements Game {
  private readonly devices: readonly Device[]
  /** ms between two messages */
  private readonly interval: number
  private startedAt = 0
  private said = 0
  private timer: NodeJS.Timeout | null = null
  private measuredFrom = Number.POSITIVE_INFINITY
  private measuredUntil = Number.POSITIVE_INFINITY
  private readonly latencies: number[] = []

  /** @param rate messages a second, over all devices in turn; these must not have said anything yet */
  constructor(devices: readonly Device[], rate: number) {
    this.devices = devices
    this.interval = 1000 / rate
  }

  /** @param warmUp ms before latencies count; @param duration ms for which they do */
  start(warmUp: number, duration: number): void {
    for (const device of this.devices) device.play(this)
    this.startedAt = performance.now()
    this.measuredFrom = this.startedAt + warmUp
    this.measuredUntil = this.measuredFrom + duration
    this.timer = setInterval(() => this.sayWhatIsDue(), 1)
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
  }

  arrived(device: Device, number: number): void {
    // The other device of the pair said it: their indices differ in the last bit.
    const due = this.dueAt(number * this.devices.length + (device.index ^ 1))
    if (due >= this.measuredFrom && due < this.measuredUntil)
      this.latencies.push(performance.now() - due)
  }

  result(): Latencies {
    const at = (part: number) => percentile(this.latencies, part)
    return { count: this.latencies.length, p50: at(0.5), p99: at(0.99), max: at(1) }
  }

  private sayWhatIsDue(): void {
    const now = performance.now()
    while (this.dueAt(this.said) <= now) this.devices[this.said++ % this.devices.length]?.say()
  }

  private dueAt(position: number): number {
    return this.startedAt + position * this.interval
  }
}
