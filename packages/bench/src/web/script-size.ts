import { gzipSync } from 'node:zlib'
import type { Page } from './trace.ts'

export interface ScriptSize {
  files: number
  /** Bytes: as they are, compressed with gzip, and as they came over the network. */
  plain: number
  gzip: number
  sent: number
  /** How the service sends them: its `content-encoding`. */
  encoding: string
}

/** All script that a signed-in person's browser asks for until the inbox shows, nothing cached. */
export async function scriptBeforeInbox(page: Page, url: string): Promise<ScriptSize> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const sent = new Map<string, number>()
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    sent.set(requestId, encodedDataLength),
  )
  const scripts = new Map<string, { requestId: string; encoding: string }>()
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (/javascript/.test(response.mimeType))
      scripts.set(response.url, {
        requestId,
        encoding: response.headers['content-encoding'] ?? 'none',
      })
  })
  await page.goto(url)
  await page.getByRole('list', { name: 'Conversations' }).getByRole('link').first().waitFor()
  const needed = [...scripts.values()]
  const size: ScriptSize = { files: needed.length, plain: 0, gzip: 0, sent: 0, encoding: '' }
  for (const { requestId } of needed) {
    const { body, base64Encoded } = await session.send('Network.getResponseBody', { requestId })
    const bytes = Buffer.from(body, base64Encoded ? 'base64' : 'utf8')
    size.plain += bytes.length
    size.gzip += gzipSync(bytes, { level: 9 }).length
    size.sent += sent.get(requestId) ?? Number.NaN
  }
  size.encoding = [...new Set(needed.map(({ encoding }) => encoding))].join(', ')
  await session.detach()
  return size
}
