import { Fault } from './fault.ts'

const END = '</message>'

/**
 * Cuts what a server sends into its stanzas, whatever the pieces in which it comes. It knows the
 * dialect of a signed-in session with nothing but chat messages in it (no message within a message,
 * no markup in a text): anything else is a fault.
 */
export function createSplitter(onMessage: (stanza: string) => void): (piece: string) => void {
  let rest = ''
  return (piece) => {
    const text = rest + piece
    let from = 0
    for (;;) {
      const end = text.indexOf(END, from)
      if (end === -1) break
      const stanza = text.slice(from, end + END.length)
      if (!isChat(stanza)) throw new Fault(`Unexpected: ${stanza}`)
      from = end + END.length
      onMessage(stanza)
    }
    rest = text.slice(from)
    if (rest !== '' && !'<message '.startsWith(rest.slice(0, 9)))
      throw new Fault(`Unexpected: ${rest}`)
  }
}

function isChat(stanza: string): boolean {
  const head = stanza.slice(0, stanza.indexOf('>'))
  return head.startsWith('<message ') && /\stype=(['"])chat\1/.test(head)
}

/** The text of a chat message. @throws Fault if it has none, or several */
export function bodyOf(stanza: string): string {
  const from = stanza.indexOf('<body>')
  const to = stanza.indexOf('</body>', from)
  if (from === -1 || to === -1 || stanza.includes('<body', to))
    throw new Fault(`A message without a text, or with several: ${stanza}`)
  return stanza.slice(from + '<body>'.length, to)
}
