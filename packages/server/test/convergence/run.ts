import assert from 'node:assert/strict'
import type { ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { natsMissing } from '../../../../scripts/nats.ts'
import { testEngine } from '../database.ts'
import { DAY, startWorld, type Person, type World } from '../world.ts'
import { createDevice, shownByDevice, shownByService, type TestDevice } from './device.ts'
import { createRandom, type Random } from './random.ts'

interface Run {
  random: Random
  world: World
  people: Person[]
  devices: TestDevice[]
  conversations: Map<ConversationId, readonly [Person, Person]>
  /** How many texts have been made. */
  sent: number
  /** Every text of every message that has been unsent. */
  unsentTexts: Set<string>
  log: string[]
}

/** A command of one device; what it returns goes into the log of the run. */
type Command = (run: Run, device: TestDevice) => Promise<string | null>

/** What can happen, and how often against the others. */
const commands: readonly (readonly [weight: number, name: string, command: Command])[] = [
  [30, 'send', send],
  [10, 'unsend', unsend],
  [8, 'edit', edit],
  [5, 'delete for me', deleteForMe],
  [2, 'delete thread', deleteThread],
  [10, 'read', read],
  [6, 'load older', loadOlder],
  [2, 'block', block],
  [3, 'unblock', unblock],
  [1, 'unfollow', unfollow],
  [3, 'follow', follow],
  [1, 'rename', rename],
  [2, 'settings', changeSettings],
  [3, 'accept', accept],
  [2, 'decline', decline],
  [1, 'decline all', declineAll],
  [6, 'disconnect', disconnect],
  [8, 'connect', connect],
  [1, 'restart', restart],
  [1, 'trim', trim],
]

/**
 * Runs `steps` random commands, then lets everything come to rest and compares.
 * @returns how many texts were unsent, and hunted
 */
export async function runConvergence(seed: number, steps: number): Promise<number> {
  const random = createRandom(seed)
  const world = await startWorld({
    environment: { TAKEBACK_POLL_SECONDS: '0.2', TAKEBACK_HEARTBEAT_SECONDS: '0.5' },
    losesHint: (hint) => hint.type === 'poke' && random.chance(0.3),
    // On PostgreSQL every other device is connected to another node.
    nodes: testEngine === 'postgres' && natsMissing === null ? 3 : 1,
  })
  const run = await setUp(world, random)
  try {
    for (let step = 0; step < steps; step++) {
      await oneStep(run)
      if (step % 80 === 79) await settle(run)
    }
    await settle(run)
    // Chance may have unsent little so far: now every device tries, while all are online.
    for (const device of run.devices) await unsend(run, device)
    await settle(run)
    await huntUnsentTexts(run)
    return run.unsentTexts.size
  } catch (error) {
    const recent = run.log.slice(-60).join('\n')
    throw new Error(`Seed ${seed} failed. Its last commands:\n${recent}`, { cause: error })
  } finally {
    for (const device of run.devices) await device.disconnect()
    await world.close()
  }
}

async function setUp(world: World, random: Random): Promise<Run> {
  const people = [
    await world.person('anna'),
    await world.person('bert'),
    await world.person('cleo'),
  ]
  const conversations = new Map<ConversationId, readonly [Person, Person]>()
  for (const [index, person] of people.entries())
    for (const other of people.slice(index + 1))
      conversations.set(await world.befriend(person, other), [person, other])
  const devices: TestDevice[] = []
  for (const person of people)
    for (const number of [1, 2])
      devices.push(
        await createDevice(
          world.urls[devices.length % world.urls.length] ?? world.url,
          person,
          `${person.username}${number}`,
        ),
      )
  for (const device of devices) await device.connect()
  return { random, world, people, devices, conversations, sent: 0, unsentTexts: new Set(), log: [] }
}

async function oneStep(run: Run): Promise<void> {
  const device = run.random.pick(run.devices)
  if (device === undefined) return
  let draw = run.random.below(commands.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, name, command] of commands) {
    draw -= weight
    if (draw >= 0) continue
    run.world.clock.advance(run.random.below(5000))
    const said = await command(run, device).catch((error: unknown) => {
      // Being refused, or offline, is a legitimate end of a command; anything else is a defect.
      if (error instanceof Refusal && error.code !== 'internal') return error.code
      throw error
    })
    if (said !== null) run.log.push(`${device.name}: ${name} → ${said}`)
    return
  }
}

/** A conversation of this device's person. */
function someConversation({ random, conversations }: Run, device: TestDevice) {
  const own = [...conversations].filter(([, pair]) =>
    pair.some((person) => person.id === device.person.id),
  )
  return random.pick(own)
}

/** One of the messages that a device shows; `own`: one that it could edit or unsend. */
function someMessage(run: Run, device: TestDevice, own: boolean) {
  const [id] = someConversation(run, device) ?? []
  if (id === undefined) return undefined
  return run.random.pick(
    device.takeback
      .messages(id)
      .filter((message) => !own || (message.sender_id === device.person.id && !message.unsent_at)),
  )
}

async function send(run: Run, device: TestDevice): Promise<string | null> {
  const [id] = someConversation(run, device) ?? []
  if (id === undefined || !device.connected) return null
  const text = `canary-${run.sent++}-${run.random.below(1e9)}-é😀`
  await device.takeback.send(id, text)
  return text
}

async function unsend(run: Run, device: TestDevice): Promise<string | null> {
  const message = someMessage(run, device, true)
  if (message === undefined || !device.connected) return null
  const texts = await textsOf(device, message.id, message.text)
  await device.takeback.unsend(message.id)
  for (const text of texts) run.unsentTexts.add(text)
  return `${message.seq}`
}

async function textsOf(device: TestDevice, id: MessageId, text: string | null): Promise<string[]> {
  const edits = await device.person.client
    .call('messages.edits', { message_id: id })
    .catch(() => ({ items: [] }))
  return [...edits.items.map((edit) => edit.text), ...(text === null ? [] : [text])]
}

async function edit(run: Run, device: TestDevice): Promise<string | null> {
  const message = someMessage(run, device, true)
  if (message === undefined || !device.connected) return null
  const text = `canary-edit-${run.sent++}-${run.random.below(1e9)}`
  await device.takeback.edit(message.id, text)
  return `${message.seq} ${text}`
}

async function deleteForMe(run: Run, device: TestDevice): Promise<string | null> {
  const message = someMessage(run, device, false)
  if (message === undefined || !device.connected) return null
  await device.takeback.deleteForMe(message.id)
  return `${message.seq}`
}

async function deleteThread(run: Run, device: TestDevice): Promise<string | null> {
  const [id] = someConversation(run, device) ?? []
  if (id === undefined || !device.connected) return null
  await device.takeback.deleteThread(id)
  return 'done'
}

async function read(run: Run, device: TestDevice): Promise<string | null> {
  const message = someMessage(run, device, false)
  if (message === undefined || !device.connected) return null
  device.takeback.markRead(message.conversation_id, message.seq)
  return `${message.seq}`
}

async function loadOlder(run: Run, device: TestDevice): Promise<string | null> {
  const [id] = someConversation(run, device) ?? []
  if (id === undefined || !device.connected) return null
  // Not waited for: events go on while the page is on its way.
  device.takeback.loadOlder(id).catch(() => {})
  return 'asked'
}

const otherOf = (run: Run, device: TestDevice): Person | undefined =>
  run.random.pick(run.people.filter((person) => person.id !== device.person.id))

const aboutPerson =
  (name: 'graph.block' | 'graph.unblock' | 'graph.follow' | 'graph.unfollow') =>
  async (run: Run, device: TestDevice): Promise<string | null> => {
    const other = otherOf(run, device)
    if (other === undefined) return null
    await device.person.client.call(name, { account_id: other.id })
    return other.username
  }

function block(run: Run, device: TestDevice) {
  return aboutPerson('graph.block')(run, device)
}
function unblock(run: Run, device: TestDevice) {
  return aboutPerson('graph.unblock')(run, device)
}
function follow(run: Run, device: TestDevice) {
  return aboutPerson('graph.follow')(run, device)
}
function unfollow(run: Run, device: TestDevice) {
  return aboutPerson('graph.unfollow')(run, device)
}

async function rename(run: Run, device: TestDevice): Promise<string> {
  const display_name = `${device.person.username} ${run.random.below(1000)}`
  await device.person.client.call('me.update', { display_name })
  return display_name
}

async function changeSettings(run: Run, device: TestDevice): Promise<string> {
  const who_can_message = run.random.pick(['everyone', 'friends', 'friends', 'no_one'] as const)
  if (who_can_message === undefined) return 'none'
  await device.person.client.call('settings.update', { who_can_message })
  return who_can_message
}

async function accept(run: Run, device: TestDevice): Promise<string | null> {
  const [conversation_id] = someConversation(run, device) ?? []
  if (conversation_id === undefined) return null
  const { folder } = await device.person.client.call('conversations.accept', { conversation_id })
  return folder
}

async function decline(run: Run, device: TestDevice): Promise<string | null> {
  const [conversation_id] = someConversation(run, device) ?? []
  if (conversation_id === undefined) return null
  await device.person.client.call('conversations.decline', { conversation_id })
  return 'done'
}

async function declineAll(_run: Run, device: TestDevice): Promise<string> {
  await device.person.client.call('conversations.decline_all', {})
  return 'done'
}

async function disconnect(_run: Run, device: TestDevice): Promise<string | null> {
  if (!device.connected) return null
  await device.disconnect()
  return 'offline'
}

async function connect(_run: Run, device: TestDevice): Promise<string | null> {
  if (device.connected) return null
  await device.connect()
  return 'online'
}

async function restart(run: Run): Promise<string> {
  await run.world.restart(run.random.below(run.world.urls.length))
  return 'restarted'
}

/** Cuts the log, so that devices behind it must start anew (S6, S7). */
async function trim(run: Run): Promise<string> {
  run.world.clock.advance(91 * DAY)
  await run.world.core.trim()
  return 'trimmed'
}

/** Everybody online, everything sent; then each device must show what the service would tell a new one. */
async function settle(run: Run): Promise<void> {
  for (const device of run.devices) await device.connect()
  for (const device of run.devices) {
    let last: { device: unknown; service: unknown } = { device: null, service: null }
    const equal = async () => {
      await loadAll(device)
      await giveUpRefused(run, device)
      const waiting = [...run.conversations.keys()].flatMap((id) => device.takeback.outbox(id))
      last = {
        service: await shownByService(device.person),
        device: shownByDevice(device.takeback),
      }
      return waiting.length === 0 && isEqual(last.device, last.service)
    }
    if (!(await eventually(equal)))
      assert.deepEqual(last.device, last.service, `${device.name} is not what the service says`)
  }
  run.log.push('— settled —')
}

/** All history of all conversations, so that all of it is compared. */
async function loadAll({ takeback }: TestDevice): Promise<void> {
  for (const folder of ['inbox', 'blocked'] as const)
    for (const { id } of takeback.conversations(folder))
      while (takeback.hasOlder(id)) await takeback.loadOlder(id)
}

/** What was refused goes back to the composer; until then it shows in its thread. */
async function giveUpRefused(run: Run, { takeback }: TestDevice): Promise<void> {
  for (const id of run.conversations.keys())
    for (const entry of takeback.outbox(id))
      if (entry.status === 'failed') await takeback.cancel(entry.client_id)
}

function isEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepStrictEqual(one, other)
    return true
  } catch {
    return false
  }
}

/** Looks until it holds; gives up after a time in which any retry has had its turn. */
async function eventually(holds: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + 20_000
  while (performance.now() < until) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/** No text of an unsent message in any replica, table, page or snapshot (U1, U2). */
async function huntUnsentTexts(run: Run): Promise<void> {
  const places = new Map<string, string>()
  for (const device of run.devices) {
    const { client } = device.person
    places.set(`the local copy of ${device.name}`, JSON.stringify(await dump(device)))
    places.set(`a snapshot for ${device.name}`, JSON.stringify(await client.call('sync.read', {})))
    places.set(
      `the inbox of ${device.name}`,
      JSON.stringify(await client.call('conversations.list', {})),
    )
  }
  for (const [table, rows] of await run.world.database.tables())
    places.set(`table ${table}`, JSON.stringify(rows))
  for (const [place, content] of places)
    for (const text of run.unsentTexts)
      assert.ok(!content.includes(text), `${place} still holds the unsent text ${text}`)
}

async function dump(device: TestDevice): Promise<unknown> {
  const { meta, rows } = await device.storage.load()
  return { meta, rows }
}
