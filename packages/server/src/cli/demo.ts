import { join } from 'node:path'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import type { Core } from '../core/types.ts'
import { configOrExit, runServe } from './serve.ts'

const PASSWORD = 'takeback-demo'

const people = [
  { username: 'mira', display_name: 'Mira Sol' },
  { username: 'jonas', display_name: 'Jonas Winter' },
  { username: 'noor', display_name: 'نور الهدى' },
  { username: 'yuki', display_name: '雪 Yuki' },
] as const

type Name = (typeof people)[number]['username']

/** Who says what to whom, in this order. */
const talk: readonly (readonly [from: Name, to: Name, text: string])[] = [
  ['mira', 'jonas', 'Did you see the sunrise clip I posted?'],
  ['jonas', 'mira', 'Watched it three times'],
  ['jonas', 'mira', '🌅'],
  ['mira', 'jonas', 'Coffee tomorrow at nine?'],
  ['jonas', 'mira', 'Yes. The place by the canal.'],
  ['noor', 'mira', 'مرحبا ميرا، هل وصلك الفيديو الجديد؟'],
  ['mira', 'noor', 'Just now, it is beautiful'],
  ['yuki', 'mira', '週末に編集を手伝ってくれる？'],
]

/** Runs the service on a data folder of its own, with people who know each other and have talked. */
export async function runDemo(): Promise<void> {
  const config = configOrExit()
  config.dataDir = join(config.dataDir, 'demo')
  const server = await runServe(config, fill)
  const names = people.map(({ username }) => username).join(', ')
  process.stdout.write(
    `\nTry both sides: open ${server.url} in two browser windows, one of them private,\n` +
      `and sign in as two of ${names}. The password of each is ${PASSWORD}\n\n`,
  )
}

async function fill(core: Core): Promise<void> {
  const callers = new Map<Name, Caller>()
  for (const person of people) {
    const caller = await signUp(core, person)
    // The folder is from an earlier run: everything is there already.
    if (caller === null) return
    callers.set(person.username, caller)
  }
  for (const caller of callers.values())
    for (const other of callers.values())
      if (other !== caller)
        await core.call('graph.follow', caller, { account_id: other.account_id })
  for (const [index, [from, to, text]] of talk.entries()) {
    const [sender, recipient] = [callers.get(from), callers.get(to)]
    if (sender === undefined || recipient === undefined) continue
    const opened = await core.call('conversations.open', sender, {
      account_id: recipient.account_id,
    })
    const { id } = JSON.parse(opened) as Output<'conversations.open'>
    // Who answers has read what came before.
    await core.call('conversations.read', sender, {
      conversation_id: id,
      seq: Number.MAX_SAFE_INTEGER,
    })
    const client_id = `demo-line-${index}` as ClientId
    await core.call('messages.send', sender, { conversation_id: id, client_id, text })
  }
}

/** Null if the username is taken. */
async function signUp(core: Core, person: (typeof people)[number]): Promise<Caller | null> {
  try {
    const signedUp = await core.call(
      'accounts.sign_up',
      { device_name: 'Demo' },
      { ...person, password: PASSWORD, birth_date: '1995-06-15' },
    )
    const { account, session } = JSON.parse(signedUp) as Output<'accounts.sign_up'>
    return { account_id: account.id, device_id: session.device_id }
  } catch (error) {
    if (error instanceof Refusal && error.code === 'username_taken') return null
    throw error
  }
}
