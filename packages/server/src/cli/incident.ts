import type { AdminCommand, AdminInput, AdminOutput } from '@takeback/protocol/admin.ts'
import type { Incident, IncidentKind } from '@takeback/protocol/endpoints/status.ts'
import type { IncidentId } from '@takeback/protocol/ids.ts'
import { fromProblem, type Problem, Refusal } from '@takeback/protocol/refusals.ts'
import { type AdminAccess, readAdminFile } from '../admin-file.ts'
import { configOrExit } from './serve.ts'

export const openIncident = (options: { title: string; text: string; announcement?: true }) =>
  run(async () => {
    const kind: IncidentKind = options.announcement ? 'announcement' : 'incident'
    const { title, text } = options
    say('Opened', await command('incidents.open', { kind, title, text }))
  })

export const updateIncident = (id: string, { text }: { text: string }) =>
  run(async () => {
    const incident_id = id as IncidentId
    say('Updated', await command('incidents.update', { incident_id, text }))
  })

export const resolveIncident = (id: string, options: { text?: string }) =>
  run(async () => {
    const incident_id = id as IncidentId
    say('Resolved', await command('incidents.resolve', { incident_id, ...options }))
  })

export const listIncidents = () =>
  run(async () => {
    const { items } = await command('incidents.list', {})
    if (items.length === 0) process.stdout.write('No incidents.\n')
    for (const { id, kind, state, created_at, title } of items)
      process.stdout.write(
        `${id}  ${state.padEnd(8)}  ${kind.padEnd(12)}  ${new Date(created_at).toISOString()}  ${title}\n`,
      )
  })

const say = (done: string, { id, title }: Incident) =>
  process.stdout.write(`${done} ${id}: ${title}\n`)

/** Why a command could not be given, as a sentence. */
class NotGiven extends Error {}

/** Ends with 0 once it is done, otherwise with 1 and a sentence. */
async function run(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof NotGiven)) throw error
    const code = error instanceof Refusal ? ` (${error.code})` : ''
    process.stderr.write(`${error.message}${code}\n`)
    process.exitCode = 1
  }
}

/**
 * Gives a command to the service that runs on the data folder of the settings.
 * @throws Refusal — the service's own
 * @throws NotGiven
 */
async function command<Name extends AdminCommand>(
  name: Name,
  input: AdminInput<Name>,
): Promise<AdminOutput<Name>> {
  const { dataDir } = configOrExit()
  const notRunning = new NotGiven(
    `No service that takes commands runs on TAKEBACK_DATA_DIR ${dataDir}.`,
  )
  const access = accessTo(dataDir)
  if (access === null) throw notRunning
  const response = await fetch(`http://127.0.0.1:${access.port}/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  }).catch(() => {
    // The file outlives a service that was killed.
    throw notRunning
  })
  const body: unknown = await response.json().catch(() => {
    throw notRunning
  })
  if (!response.ok) throw fromProblem(body as Partial<Problem>)
  return body as AdminOutput<Name>
}

/** @throws NotGiven */
function accessTo(dataDir: string): AdminAccess | null {
  try {
    return readAdminFile(dataDir)
  } catch (error) {
    throw new NotGiven(
      `TAKEBACK_DATA_DIR ${dataDir} cannot be read: ${(error as Error).message}. Run this as the user who runs the service.`,
    )
  }
}
