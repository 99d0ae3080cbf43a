import type { AccountId } from '@takeback/protocol/ids.ts'
import { createClient } from '@takeback/sdk/client.ts'
import type { TakebackAddress } from './orders.ts'

/** Pairs that are made at once: passwords are hashed slowly on purpose, and that is not measured. */
const AT_ONCE = 10

/**
 * Signs up pairs of friends who have a conversation.
 * @param urls of the nodes; the two of a pair connect to different ones where there are several
 */
export async function makePairs(
  urls: readonly string[],
  count: number,
): Promise<[TakebackAddress, TakebackAddress][]> {
  const pairs: [TakebackAddress, TakebackAddress][] = []
  const numbers = Array.from({ length: count }, (_, index) => index).values()
  const makeNext = async () => {
    for (const index of numbers) pairs.push(await makePair(urls, index))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, makeNext))
  return pairs
}

async function makePair(
  urls: readonly string[],
  index: number,
): Promise<[TakebackAddress, TakebackAddress]> {
  const nodeOf = (position: number) => urls[(index + position) % urls.length] ?? ''
  const [a, b] = await Promise.all([
    signUp(nodeOf(0), `bench.a${index}`),
    signUp(nodeOf(1), `bench.b${index}`),
  ])
  await a.client.call('graph.follow', { account_id: b.account })
  await b.client.call('graph.follow', { account_id: a.account })
  const { id } = await a.client.call('conversations.open', { account_id: b.account })
  const addressOf = async ({ url, token, account, client }: Person): Promise<TakebackAddress> => {
    const snapshot = await client.call('sync.read', {})
    if (snapshot.type !== 'snapshot') throw new Error('There was no snapshot.')
    const { epoch, seq } = snapshot
    return { protocol: 'takeback', url, token, account, conversation: id, epoch, seq }
  }
  return [await addressOf(a), await addressOf(b)]
}

type Person = Awaited<ReturnType<typeof signUp>>

async function signUp(url: string, username: string) {
  const { account, session } = await createClient({ baseUrl: url }).call('accounts.sign_up', {
    username,
    display_name: username,
    password: 'correct horse',
    birth_date: '1990-01-01',
  })
  const token = session.token ?? ''
  const client = createClient({ baseUrl: url, token })
  return { url, token, account: account.id satisfies AccountId, client }
}
