import { WebSocket } from 'ws'
import { Fault } from './fault.ts'

/** A constant mask: it guards proxies on the way, of which there are none, and is cheaper than chance. */
const generateMask = (mask: Buffer): void => void mask.writeUInt32BE(0x5a_a5_3c_c3)

/**
 * Opens a WebSocket as cheaply as the library allows. All that is sent in one turn leaves in one
 * write; that is flushed before anything else happens.
 * @param onFrame text frames; what it throws ends the process
 */
export async function openWebSocket(
  url: string,
  onFrame: (data: Buffer) => void,
): Promise<{ send(text: string): void; close(): void }> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    // What arrives is compared to the byte anyway.
    skipUTF8Validation: true,
    generateMask,
  })
  let closing = false
  socket.on('close', (code) => {
    if (!closing) throw new Fault(`A socket closed with ${code}.`)
  })
  socket.on('message', onFrame)
  const stream = await new Promise<import('node:net').Socket>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('upgrade', (response) => socket.once('open', () => resolve(response.socket)))
  })
  let corked = false
  const flush = () => {
    corked = false
    stream.uncork()
  }
  return {
    send(text) {
      if (!corked) {
        corked = true
        stream.cork()
        process.nextTick(flush)
      }
      socket.send(text)
    },
    close() {
      closing = true
      socket.terminate()
    },
  }
}
