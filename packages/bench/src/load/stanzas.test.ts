import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from './fault.ts'
import { bodyOf, createSplitter } from './stanzas.ts'

const ejabberd = `<message xml:lang='en' to='b@localhost/bench' from='a@localhost/bench' type='chat' id='1'><stanza-id by='b@localhost' id='17' xmlns='urn:xmpp:sid:0'/><body>one</body></message>`
const prosody = `<message type="chat" id="2" to="b@localhost/bench" from="a@localhost/bench"><body>two</body></message>`

function bodiesOf(pieces: string[]): string[] {
  const bodies: string[] = []
  const split = createSplitter((stanza) => bodies.push(bodyOf(stanza)))
  for (const piece of pieces) split(piece)
  return bodies
}

test('stanzas are the same however they are cut', () => {
  const text = ejabberd + prosody
  for (let at = 0; at <= text.length; at++)
    assert.deepEqual(bodiesOf([text.slice(0, at), text.slice(at)]), ['one', 'two'])
  assert.deepEqual(bodiesOf([...text]), ['one', 'two'])
})

test('anything but chat messages is a fault', () => {
  const error = prosody.replace('type="chat"', 'type="error"')
  for (const text of [error, '<presence/>', '<iq type="get"/>', '</stream:stream>'])
    assert.throws(() => bodiesOf([text]), Fault, text)
})

test('a message without a text, or with two, is a fault', () => {
  assert.throws(() => bodiesOf([prosody.replace(/<body>.*<\/body>/, '')]), Fault)
  assert.throws(() => bodiesOf([prosody.replace('<body>', '<body>x</body><body>')]), Fault)
})
