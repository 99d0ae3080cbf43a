import type { DownFrame } from '@takeback/protocol/frames.ts'

type EventsFrame = Extract<DownFrame, { type: 'events' }>

/** What matters here of a page that tells of new messages and nothing else. */
export interface NewTexts {
  after: number
  through: number
  /** What others wrote, in the order of the log. */
  texts: string[]
}

const HEAD =
  /^\{"type":"events","data":\{"type":"events","epoch":"\w+","after":(\d+),"through":(\d+),"head":(\d+),/
const MESSAGES = 'messages":['
const NEW = 'kind":"message.new"'
const SENDER = 'sender_id":"'
const TEXT = 'text":"'

/**
 * Reads a page without building it, which would be a third of what a load process does. Null if it
 * does not look as pages of new messages do: then it must be parsed. It holds for texts that need no
 * escaping in JSON, as all are that a device says.
 */
export function scanPage(frame: string, account: string): NewTexts | null {
  const head = HEAD.exec(frame)
  if (head === null) return null
  const after = Number(head[1])
  const through = Number(head[2])
  const events = through - after
  const messages = frame.indexOf(MESSAGES, head[0].length)
  // In the middle of a log, the newest message of a conversation is of a later page.
  if (head[2] !== head[3] || messages === -1) return null
  if (countOf(NEW, frame, head[0].length, messages) !== events) return null

  const texts: string[] = []
  let at = messages
  for (let count = 0; count < events; count++) {
    const sender = frame.indexOf(SENDER, at) + SENDER.length
    const from = frame.indexOf(TEXT, sender) + TEXT.length
    if (sender < at || from < sender) return null
    at = frame.indexOf('"', from)
    if (!frame.startsWith(account, sender)) texts.push(frame.slice(from, at))
  }
  return frame.includes(TEXT, at) ? null : { after, through, texts }
}

function countOf(part: string, whole: string, from: number, to: number): number {
  let count = 0
  for (let at = whole.indexOf(part, from); at !== -1 && at < to; count++)
    at = whole.indexOf(part, at + part.length)
  return count
}

/** The same of a page that was parsed, whatever it tells of; null if a message that it names is missing. */
export function readPage({ data }: EventsFrame, account: string): NewTexts | null {
  const { after, through, events, messages, conversations } = data
  const byId = new Map(messages.map((message) => [message.id, message]))
  for (const { last_message } of conversations)
    if (last_message !== null) byId.set(last_message.id, last_message)
  const texts: string[] = []
  for (const event of events) {
    if (event.kind !== 'message.new') continue
    const message = byId.get(event.message_id)
    if (message === undefined) return null
    if (message.sender_id !== account) texts.push(message.text ?? '')
  }
  return { after, through, texts }
}
