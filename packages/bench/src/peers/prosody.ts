import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../../../scripts/postgres.ts'
import { processorTime } from '../load/processor-time.ts'
import { XMPP_HOST } from '../load/xmpp-session.ts'
import { runInForeground } from './foreground.ts'
import type { PeerServer } from './peer.ts'

const BINARY = '/usr/bin/prosody'
const VERSION = '/usr/lib/prosody/prosody.version'
const version = existsSync(VERSION) ? ` ${readFileSync(VERSION, 'utf8').trim()}` : ''

/** A Prosody of Debian's package, with its archive in files. */
export const prosody: PeerServer = {
  name: `Prosody${version}, archive in files`,
  note: 'no fsync',
  archives: true,
  missing: existsSync(BINARY)
    ? null
    : 'prosody was not found; on Debian: apt-get install prosody (its service need not run)',
  async start(folder) {
    const port = await freePort()
    const config = join(folder, 'prosody.cfg.lua')
    await writeFile(config, configuration(port, folder))
    const server = await runInForeground([BINARY, '-F', '--config', config], { folder, port })
    return { port, cpu: () => processorTime(server.pid), stop: server.stop }
  },
}

/** No TLS, no limits, only what the work needs. Its archive would otherwise end at 10,000 messages. */
const configuration = (port: number, folder: string): string => `
run_as_root = true
pidfile = "${folder}/prosody.pid"
data_path = "${folder}"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { "saslauth", "register_ibr", "mam" }
modules_disabled = { "s2s", "tls", "offline" }
allow_registration = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
default_archive_policy = true
archive_expires_after = "never"
storage_archive_item_limit = 100000000
log = { warn = "${folder}/prosody.log" }
VirtualHost "${XMPP_HOST}"
`
