/** The service as it is started: the embedded store with one thread that writes and one that reads. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { newClientId, newName } from './rooms.ts'
import { befriend, signUp, spawnServer, temporaryFolder } from './world.ts'

const folder = temporaryFolder()
const server = await spawnServer(folder.path)
after(async () => {
  await server.stop()
  folder.remove()
})

async function couple() {
  const [a, b] = [await signUp(server.url, newName()), await signUp(server.url, newName())]
  return { a, b, conversation_id: await befriend(a, b) }
}

describe('two threads over one file', () => {
  test('who was answered by the one finds it with the other at once (A1)', async () => {
    const { a, b, conversation_id } = await couple()
    for (let number = 0; number < 50; number++) {
      const text = `number ${number}`
      await a.client.call('messages.send', { conversation_id, client_id: newClientId(), text })
      const page = await b.client.call('messages.list', { conversation_id, limit: 1 })
      assert.equal(page.items[0]?.text, text)
    }
  })

  test('what is read for the first time counts as fetched before it is handed out: an unsend then leaves a line', async () => {
    const { a, b, conversation_id } = await couple()
    const send = (text: string) =>
      a.client.call('messages.send', { conversation_id, client_id: newClientId(), text })
    const read = await send('read')
    await b.client.call('messages.list', { conversation_id })
    const unread = await send('unread')
    for (const { id } of [read, unread])
      await a.client.call('messages.delete', { message_id: id, for: 'everyone' })
    const { items } = await b.client.call('messages.list', { conversation_id })
    assert.deepEqual(
      items.map(({ id, text, unsent_at }) => [id, text, unsent_at !== null]),
      [[read.id, null, true]],
    )
  })
})
