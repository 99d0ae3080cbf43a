import { createClient } from '@takeback/sdk/client.ts'
import type { TakebackAddress } from './orders.ts'

/** Pairs that are made at once: passwords are hashed slowly on purpose, and that is not measured. */
const AT_ONCE = 10

type Pair = [TakebackAddress, TakebackAddress]

/**
 * Signs up pairs of friends who have a conversation.
 * @param urls of the nodes; the two of a pair connect to different ones where there are several
 */
export async function makePairs(urls: readonly string[], count: number): Promise<Pair[]> {
  const pairs: Pair[] = []
  const numbers = Array.from({ length: count }, (_, index) => index).values()
  const makeNext = async () => {
    for (const index of numbers) pairs.push(await makePair(urls, index))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, makeNext))
  return pairs
}

async function makePair(urls: readonly string[], index: number): Promise<Pair> {
  const nodeOf = (position: number) => urls[(index + position) % urls.length] ?? ''
  const [a, b] = await Promise.all([
    signUp(nodeOf(0), `bench.a${index}`),
    signUp(nodeOf(1), `bench.b${index}`),
  ])
  await a.client.call('graph.follow', { account_id: b.account })
  await b.client.call('graph.follow', { account_id: a.account })
  const { id: conversation } = await a.client.call('conversations.open', { account_id: b.account })
  return Promise.all([addressOf(a, conversation), addressOf(b, conversation)])
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
  return { url, token, account: account.id, client: createClient({ baseUrl: url, token }) }
}

const addressOf = async (
  { url, token, account }: Person,
  conversation: string,
): Promise<TakebackAddress> => ({
  protocol: 'takeback',
  url,
  token,
  account,
  conversation,
  ...(await cursorOf(url, token)),
})

/** The same pairs, to go on from where their logs stand now. */
export const atHead = (pairs: readonly Pair[]): Promise<Pair[]> =>
  Promise.all(pairs.map(([a, b]) => Promise.all([refreshed(a), refreshed(b)])))

const refreshed = async (address: TakebackAddress): Promise<TakebackAddress> => ({
  ...address,
  ...(await cursorOf(address.url, address.token)),
})

async function cursorOf(url: string, token: string): Promise<{ epoch: string; seq: number }> {
  const snapshot = await createClient({ baseUrl: url, token }).call('sync.read', {})
  if (snapshot.type !== 'snapshot') throw new Error('There was no snapshot.')
  return { epoch: snapshot.epoch, seq: snapshot.seq }
}
