import type { Device, Line } from './device.ts'
import { Fault } from './fault.ts'
import type { XmppAddress } from './orders.ts'
import { bodyOf, createSplitter } from './stanzas.ts'
import { signIn, XMPP_HOST, XMPP_RESOURCE } from './xmpp-session.ts'

/** A device of an XMPP server (RFC 6120, 6121): chat messages to the other's full address. */
export async function connectXmpp(address: XmppAddress, device: Device): Promise<Line> {
  const socket = await signIn(address)
  let closing = false
  socket.on('close', () => {
    if (!closing) throw new Fault('A stream closed.')
  })
  const split = createSplitter((stanza) => device.receive(bodyOf(stanza)))
  socket.on('data', (data: Buffer) => split(data.toString('latin1')))

  const opening = `<message to='${address.to}@${XMPP_HOST}/${XMPP_RESOURCE}' type='chat' id='`
  let said = 0
  let pending = ''
  const flush = () => {
    socket.write(pending, 'latin1')
    pending = ''
  }
  return {
    // Without stream management the server does not say that it has taken a message.
    acknowledges: false,
    say(text) {
      if (pending === '') process.nextTick(flush)
      pending += `${opening}${said++}'><body>${text}</body></message>`
    },
    close() {
      closing = true
      socket.destroy()
    },
  }
}
