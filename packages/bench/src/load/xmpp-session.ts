import { connect, type Socket } from 'node:net'
import { Fault } from './fault.ts'
import type { XmppAddress } from './orders.ts'

export const XMPP_HOST = 'localhost'
export const XMPP_RESOURCE = 'bench'

type Credentials = Pick<XmppAddress, 'port' | 'user' | 'password'>

const OPEN = `<?xml version='1.0'?><stream:stream to='${XMPP_HOST}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

/** Signs in with SASL PLAIN and binds the resource (RFC 6120, sections 6 and 7). */
export async function signIn({ port, user, password }: Credentials): Promise<Socket> {
  const socket = await open(port)
  const plain = Buffer.from(`\0${user}\0${password}`).toString('base64')
  await exchange(
    socket,
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`,
    /<success\b/,
  )
  await exchange(socket, OPEN, /<\/stream:features>/)
  await exchange(
    socket,
    `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${XMPP_RESOURCE}</resource></bind></iq>`,
    /<jid>.*<\/iq>/,
  )
  return socket
}

/** Registers an account in band (XEP-0077). */
export async function register({ port, user, password }: Credentials): Promise<void> {
  const socket = await open(port)
  await exchange(
    socket,
    `<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>${user}</username><password>${password}</password></query></iq>`,
    /<iq\b[^>]*type=['"]result['"]/,
  )
  socket.destroy()
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await exchange(socket, OPEN, /<\/stream:features>/)
  return socket
}

/** Sends and reads until the answer is there. @throws Fault with what came instead */
function exchange(socket: Socket, say: string, answer: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let read = ''
    const settle = (error: Error | null) => {
      socket.off('data', onData).off('error', settle).off('close', onClose)
      if (error === null) resolve()
      else reject(error)
    }
    const onClose = () => settle(new Fault(`A stream closed after ${JSON.stringify(read)}.`))
    const onData = (data: Buffer) => {
      read += data.toString()
      if (answer.test(read)) settle(null)
      else if (/<failure\b|<stream:error\b|type=['"]error['"]/.test(read)) settle(new Fault(read))
    }
    socket.on('data', onData).on('error', settle).on('close', onClose)
    socket.write(say)
  })
}
