import { Fault } from './fault.ts'

/** A device's way to the service under test. What is read from it goes to the device's `receive`. */
export interface Line {
  /** Sends a text to the other device of the pair. */
  say(text: string): void
  /** Whether the service answers each message to its sender once it has taken it. */
  readonly acknowledges: boolean
  close(): void
}

/** What is to happen whenever a message has arrived as it should. */
export interface Game {
  /** @param number how many came before it from the same device */
  arrived(device: Device, number: number): void
}

/** Makes a message about as long as what people write: some 60 bytes. */
const ENDING = ': about as many bytes as what people write to others'

/**
 * One device of a pair. It numbers what it says, and what it receives must be exactly what the other
 * says next: right text, right order, once.
 */
export class Device {
  /** Messages said, received from the other, and acknowledged by the service. */
  sent = 0
  delivered = 0
  acknowledged = 0
  readonly index: number
  private line: Line | null = null
  private other: Device | null = null
  private game: Game | null = null
  private readonly opening: string

  /** @param index its place among all devices; stands in what it says, so that nobody gets another's */
  constructor(index: number) {
    this.index = index
    this.opening = `${index} `
  }

  /** Both devices of a pair know each other. */
  static pair(first: Device, second: Device): void {
    first.other = second
    second.other = first
  }

  plug(line: Line): void {
    this.line = line
  }

  play(game: Game): void {
    this.game = game
  }

  say(): void {
    if (this.line === null) throw new Fault('A device without a line was to say something.')
    this.line.say(this.textOf(this.sent++))
  }

  /** @throws Fault */
  receive(text: string): void {
    const { other, delivered: number } = this
    if (other === null) throw new Fault('A device without another received something.')
    if (text !== other.textOf(number)) throw new Fault(this.whatIsWrong(text, other, number))
    if (number >= other.sent) throw new Fault(`Message ${number} came before it was said.`)
    this.delivered = number + 1
    this.game?.arrived(this, number)
  }

  /** @throws Fault */
  acknowledge(): void {
    if (++this.acknowledged > this.sent)
      throw new Fault(`${this.acknowledged} messages were acknowledged of ${this.sent} said.`)
  }

  /** Whether all that the other said has arrived, and all that this one said was acknowledged. */
  isSettled(): boolean {
    const owed = this.line?.acknowledges === true ? this.sent - this.acknowledged : 0
    return owed === 0 && this.delivered === this.other?.sent
  }

  /** What has not arrived or was not acknowledged yet, in words. */
  unsettled(): string {
    return `Device ${this.index} received ${this.delivered} of ${this.other?.sent ?? 0} messages; ${this.acknowledged} of its ${this.sent} were acknowledged.`
  }

  close(): void {
    this.line?.close()
  }

  private textOf(number: number): string {
    return this.opening + number + ENDING
  }

  private whatIsWrong(text: string, other: Device, due: number): string {
    const number = Number(text.split(/[ :]/)[1])
    if (!Number.isInteger(number) || text !== other.textOf(number))
      return `Device ${this.index} received ${JSON.stringify(text)} where ${JSON.stringify(other.textOf(due))} was due.`
    return number < due
      ? `Device ${this.index} received message ${number} again, or late: ${due} was due.`
      : `Device ${this.index} received message ${number} where ${due} was due: something was lost or overtaken.`
  }
}
