#!/usr/bin/env node
import { Command } from 'commander'
import { VERSION } from '@takeback/protocol/version.ts'
import { settings } from '../config.ts'
import { runDemo } from './demo.ts'
import { listIncidents, openIncident, resolveIncident, updateIncident } from './incident.ts'
import { runMove } from './move.ts'
import { runServe } from './serve.ts'

/** The settings as `--help` prints them. */
function settingsHelp(): string {
  const rows = Object.entries(settings).map(
    ([name, [meaning, byDefault]]) => `  ${name.padEnd(30)} ${meaning} (${byDefault || 'empty'})`,
  )
  return `\nSettings, from the environment or a .env file in the working folder:\n${rows.join('\n')}\n`
}

const program = new Command('takeback')
  .description('Direct messages in which a sent message can really be taken back.')
  .version(VERSION)
  .addHelpText('after', settingsHelp())

program
  .command('serve')
  .description('Run the service and the web app.')
  .action(async () => {
    await runServe()
  })

program
  .command('demo')
  .description('Run it with a few sample people who know each other, on data of its own.')
  .action(() => runDemo())

program
  .command('move')
  .description('Copy the embedded installation (TAKEBACK_DATA_DIR) into PostgreSQL. Stop it first.')
  .requiredOption('--to <url>', 'where to, such as postgres://user:password@host/name')
  .addHelpText(
    'after',
    '\nIds, devices and cursors stay as they are: nobody signs in again. The source is only read.\n' +
      'If it is interrupted, run it again: it goes on where it was.\n',
  )
  .action(({ to }: { to: string }) => runMove(to))

const incident = program
  .command('incident')
  .description('Tell people about the service: in the app and on the public page at /status.')
  .addHelpText('after', '\nReaches the service that runs on TAKEBACK_DATA_DIR of this machine.\n')

incident
  .command('open')
  .description('Begin an incident, or an announcement.')
  .requiredOption('--title <title>', 'one line, up to 120 characters')
  .requiredOption('--text <text>', 'what people should know, up to 4,000 characters')
  .option('--announcement', 'nothing is broken: people may dismiss it in the app')
  .action(openIncident)

incident
  .command('update <id>')
  .description('Add to what is known.')
  .requiredOption('--text <text>', 'up to 4,000 characters')
  .action(updateIncident)

incident
  .command('resolve <id>')
  .description('End it; it stays on the page at /status for 7 days.')
  .option('--text <text>', 'a last word, up to 4,000 characters')
  .action(resolveIncident)

incident.command('list').description('The newest 100, with their ids.').action(listIncidents)

await program.parseAsync()
