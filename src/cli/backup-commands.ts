import type { Command } from 'commander'
import type { Config } from '../config/config.ts'

/** Adds the server's options to a command that opens the parts itself, and reads them. */
type ServerCommands = {
  withOptions: (command: Command) => Command
  configOf: (flags: Record<string, unknown>) => Promise<Config>
}

const unsealed =
  'accept a backup without a seal, as early versions made; only if nobody else could write to its directory'

/** `fluxport backup`, `backup verify` and `restore`. */
export function backupCommands(program: Command, { withOptions, configOf }: ServerCommands): void {
  const module = () => import('./backup.ts')
  const backups = program.command('backup').description('Backups: all data of one moment, in a directory')
  withOptions(
    backups
      .command('create', { isDefault: true })
      .argument('<DIR>', 'a new or empty directory')
      .description('Make a backup, while the server runs or not'),
  )
    .option(
      '--with-master-key',
      'also copy the master key and credentials.json; any reader of the backup is an operator then',
    )
    .action(async (directory, { withMasterKey, ...flags }) => {
      const config = await configOf(flags)
      await (await module()).backup(config, directory, withMasterKey === true)
    })
  withOptions(
    backups
      .command('verify')
      .argument('<DIR>')
      .description('Read a whole backup and compare it with its manifest, and its seal if the master key is at hand'),
  )
    .option('--accept-unsealed', unsealed)
    .action(async (directory, { acceptUnsealed, ...flags }) =>
      (await module()).verify(await configOf(flags), directory, acceptUnsealed === true),
    )
  withOptions(
    program
      .command('restore')
      .argument('<DIR>', 'a backup')
      .description('Put a backup into an empty data directory and empty databases'),
  )
    .option('--accept-unsealed', unsealed)
    .action(async (directory, { acceptUnsealed, ...flags }) => {
      const config = await configOf(flags)
      await (await module()).restore(config, directory, acceptUnsealed === true)
    })
}
