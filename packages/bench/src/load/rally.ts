import type { Device, Game } from './device.ts'

/** Closed loop: whoever receives a message answers with the next, so a pair keeps its messages in flight. */
export class Rally implements Game {
  private over = false

  /** @param window messages in flight per pair; the first device of each says them */
  start(devices: readonly Device[], window: number): void {
    for (const device of devices) device.play(this)
    for (let count = 0; count < window; count++)
      for (let index = 0; index < devices.length; index += 2) devices[index]?.say()
  }

  /** What is in flight still arrives and is checked; nothing new is said. */
  stop(): void {
    this.over = true
  }

  arrived(device: Device): void {
    if (!this.over) device.say()
  }
}
