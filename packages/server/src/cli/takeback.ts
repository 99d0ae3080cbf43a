#!/usr/bin/env node
import { Command } from 'commander'
import { VERSION } from '@takeback/protocol/version.ts'
import { settings } from '../config.ts'
import { runDemo } from './demo.ts'
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

await program.parseAsync()
