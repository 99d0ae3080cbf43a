/**
 * The layout of ARCHITECTURE.md, held against what the files really import. A failure says which
 * direction was broken and why it exists; if the design has changed, change the table with it.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Import, importsOf, shippedSources } from '../scripts/imports.ts'
import { root } from '../scripts/paths.ts'

interface Manifest {
  name: string
  dependencies?: Record<string, string>
}

interface Direction {
  /** Files the rule is about. */
  of: RegExp
  /** What they may import, besides their own folder (`own`) and outside modules. */
  may: RegExp[]
  /** Of those, what they may only take types from. */
  typesOnly?: RegExp[]
  why: string
}

const S = 'packages/server/src'
const protocol = /^packages\/protocol\/src\//
const schemas = /^packages\/protocol\/src\/(endpoints\/|events|frames|ids)/
/** Small files at the server's top that belong to nobody: clock, ids, caller. Not the composition. */
const helpers = new RegExp(`^${S}/(?!main|server|config)[\\w-]+\\.ts$`)
const config = new RegExp(`^${S}/config\\.ts$`)
const ports = new RegExp(`^${S}/(store/store|bus/bus|blobs/blobs)\\.ts$`)
const adapters = new RegExp(`^${S}/(store|bus|blobs)/`)
const inServer = (...folders: string[]) => new RegExp(`^${S}/(${folders.join('|')})/`)

/** Room → the rooms it may use. `policy` is pure and uses nothing, so whoever writes may ask it. */
const rooms: Record<string, string[]> = {
  accounts: ['graph', 'policy'],
  graph: [],
  policy: [],
  messaging: ['graph', 'policy', 'sync'],
  sync: [],
  videos: ['graph', 'policy'],
  media: [],
  safety: ['messaging', 'accounts', 'policy'],
  status: ['policy'],
  push: ['sync'],
  imports: ['messaging', 'graph', 'policy'],
}
const inRooms = new RegExp(`^${S}/(${Object.keys(rooms).join('|')})/`)

const betweenPackages: Direction[] = [
  {
    of: protocol,
    may: [],
    why: 'the wire contract stands on nothing of ours, so that every side can stand on it',
  },
  {
    of: /^packages\/server\//,
    may: [protocol],
    why: 'the server knows the contract, not its clients: any client may replace ours',
  },
  {
    of: /^packages\/sdk\//,
    may: [protocol],
    why: 'the SDK runs in browsers and other people’s apps: it may only know the contract',
  },
  {
    of: /^packages\/bench\/src\/data\//,
    may: [/^packages\/server\/src\//, protocol],
    why: 'data sets are written through the server’s tables: ten million messages sent through its API would take hours',
  },
  {
    of: /^packages\/(web|bench)\//,
    may: [/^packages\/sdk\/src\//, protocol],
    why: 'the app and the bench use the service as a builder would, through the SDK',
  },
]

const inTheServer: Direction[] = [
  {
    of: new RegExp(`^${S}/(main|server)\\.ts$`),
    may: [inServer('core', 'gateway', 'cli'), adapters, helpers, config, /\/server\.ts$/, protocol],
    why: 'main puts core, gateway and adapters together; rooms are the core’s business',
  },
  {
    of: helpers,
    may: [helpers, protocol],
    why: 'a helper that needs a room or an adapter is no helper',
  },
  {
    of: config,
    may: [helpers, protocol, inServer('core', 'gateway')],
    typesOnly: [inServer('core', 'gateway')],
    why: 'settings are read once, before anything else exists',
  },
  {
    of: inServer('cli'),
    may: [inServer('core', 'gateway'), adapters, helpers, config, /\/(main|server)\.ts$/, protocol],
    why: 'a command boots or calls the service; what it does stands in a room behind an endpoint',
  },
  {
    of: new RegExp(`^${S}/core/(?!(read-)?worker\\.ts)`),
    may: [inRooms, ports, helpers, protocol],
    why: 'the core runs on any store and bus; only a thread’s entry picks one',
  },
  {
    of: new RegExp(`^${S}/core/(read-)?worker\\.ts$`),
    may: [inRooms, adapters, helpers, config, protocol],
    why: "a thread's entry is a main of its own: it opens the store that its thread works on",
  },
  {
    of: inServer('gateway'),
    may: [new RegExp(`^${S}/core/types\\.ts$`), inServer('sync'), ports, helpers, config, protocol],
    typesOnly: [inServer('core', 'sync'), ports, config],
    why: 'the gateway knows endpoint names and plain data, no room, so that it can run in any thread',
  },
  {
    of: adapters,
    may: [ports, helpers, protocol],
    why: 'an adapter serves every room alike and so knows none',
  },
  ...Object.entries(rooms).map(([room, others]) => ({
    of: inServer(room),
    may:
      room === 'policy'
        ? [protocol]
        : [...(others.length > 0 ? [inServer(...others)] : []), ports, helpers, protocol],
    ...(room === 'policy' ? { typesOnly: [schemas] } : {}),
    why:
      room === 'policy'
        ? 'policy is pure: protocol types in, decision out, so that it can be tested as a table'
        : `${room} may use ${others.join(', ') || 'no other room'}: more, and a change there reaches here unseen`,
  })),
]

const sources = shippedSources()
const imports = sources.flatMap(importsOf)
const inside = imports.filter(({ to }) => to.startsWith('packages/'))

/** Imports across units that their direction does not allow; each with the reason. */
function breaches(
  imports: Import[],
  directions: Direction[],
  unit: (file: string) => string,
): string[] {
  return imports.flatMap((one) => {
    const direction = directions.find(({ of }) => of.test(one.from))
    if (direction === undefined || unit(one.from) === unit(one.to)) return []
    const allowed = direction.may.some((may) => may.test(one.to))
    const asType = direction.typesOnly?.some((only) => only.test(one.to)) ?? false
    if (allowed && (one.typeOnly || !asType)) return []
    const kind = allowed ? 'more than types of' : ''
    return [`${place(one)} imports ${kind} ${one.to}, but ${direction.why}.`]
  })
}

const place = ({ from, line }: Import) => `${from}:${line}`
const none = (found: string[]) => {
  if (found.length > 0) assert.fail(found.join('\n'))
}

describe('directions', () => {
  test('between packages', () => {
    // Who starts another package as a process (the bench the server) does not depend on its insides.
    const loaded = inside.filter(({ started }) => !started)
    none(breaches(loaded, betweenPackages, (file) => file.split('/').slice(0, 2).join('/')))
  })

  test('inside the server', () => {
    const unit = (file: string) => file.split('/').slice(0, 4).join('/')
    const server = inside.filter(({ from }) => from.startsWith(`${S}/`))
    const unruled = server.filter(({ from }) => !inTheServer.some(({ of }) => of.test(from)))
    none(unruled.map((one) => `${one.from} stands in no folder of the design.`))
    none(breaches(server, inTheServer, unit))
  })

  test('every package declares what it imports', () => {
    const declared = (folder: string) => {
      const text = readFileSync(join(root, folder, 'package.json'), 'utf8')
      const { name, dependencies = {} } = JSON.parse(text) as Manifest
      return [name, ...Object.keys(dependencies)]
    }
    const packageOf = (to: string) => /^(@[^/]+\/)?[^/]+/.exec(to)?.[0] ?? to
    none(
      imports
        .map((one) => ({ ...one, folder: one.from.split('/').slice(0, 2).join('/') }))
        .filter(({ to }) => !/^(node:|packages\/|scripts\/)/.test(to))
        .filter(({ to, folder }) => !declared(folder).includes(packageOf(to)))
        .map((one) => `${place(one)} imports ${one.to}, which ${one.folder} does not depend on.`),
    )
  })

  test('files that are named exist', () => {
    const files = new Set(sources.map(({ file }) => file))
    const missing = inside.filter(({ to }) => /\.tsx?$/.test(to) && !files.has(to))
    none(missing.map((one) => `${place(one)} imports ${one.to}, which is not there.`))
  })

  test('schemas stay out of the browser: sdk and web take only types from them', () => {
    const plain = /^packages\/protocol\/src\/(refusals|routes|version|close-codes|limits)\.ts$/
    none(
      imports
        .filter(({ from }) => /^packages\/(sdk|web)\//.test(from))
        .filter(({ to, typeOnly }) => !typeOnly && (to.startsWith('typebox') || protocol.test(to)))
        .filter(({ to }) => !plain.test(to))
        .map((one) => `${place(one)} loads ${one.to}, which carries typebox: use \`import type\`.`),
    )
  })

  test('the plain tables of protocol load no schema', () => {
    const plain = /^packages\/protocol\/src\/(ids|refusals|routes|version|close-codes|limits)\.ts$/
    none(
      imports
        .filter(({ from, typeOnly }) => plain.test(from) && !from.endsWith('ids.ts') && !typeOnly)
        .filter(({ to }) => !plain.test(to) || to.endsWith('ids.ts'))
        .map((one) => `${place(one)} imports ${one.to}; browsers load this file without schemas.`),
    )
  })
})

describe('habits', () => {
  test('no barrel files: an import names the file where the thing stands', () => {
    none(sources.map(({ file }) => file).filter((file) => /\/index\.tsx?$/.test(file)))
  })

  test('no default exports: one thing has one name everywhere', () => {
    none(
      sources
        .filter(({ code }) => /^export default |\bas default\b/m.test(code))
        .map(({ file }) => file),
    )
  })

  test('rooms take time and chance as arguments, or a test cannot set them', () => {
    /** File → what it may use, and why. */
    const allowed: Record<string, { use: RegExp; why: string }> = {
      [`${S}/accounts/passwords.ts`]: {
        use: /randomBytes/,
        why: 'salts must be unpredictable even in a test',
      },
    }
    const ambient =
      /Date\.now\(\)|new Date\(\)|Math\.random|performance\.now|\bcrypto\.random\w+|\b(?:randomBytes|randomUUID|randomInt|randomFillSync|getRandomValues)\b/g
    const found = sources
      .filter(({ file }) => inRooms.test(file))
      .flatMap(({ file, code }) =>
        [...code.matchAll(ambient)]
          .filter(([use]) => !allowed[file]?.use.test(use))
          .map(({ 0: use, index }) => `${file}:${code.slice(0, index).split('\n').length} ${use}`),
      )
    none(found)
  })
})
