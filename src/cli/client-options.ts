import type { Command } from 'commander'
import { parseConfig } from '../config/config.ts'
import { type Client, type ClientFlags, openClient } from './client.ts'

/** Options by which a client's command finds its server and key. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--endpoint <URL>', 'the server’s URL [FLUXPORT_ENDPOINT] (default that of the data directory’s server)')
    .option(
      '--access-key <AK>',
      'access key [FLUXPORT_AK, CLOUD_SDK_AK, HUAWEICLOUD_SDK_AK] (default that of credentials.json)',
    )
    .option(
      '--secret-key <SK>',
      'secret key [FLUXPORT_SK, CLOUD_SDK_SK, HUAWEICLOUD_SDK_SK] (default that of credentials.json)',
    )
    .option(
      '--data-dir <DIR>',
      'data directory whose credentials.json to use [FLUXPORT_DATA_DIR] (default ./fluxport-data)',
    )
}

/** Adds the client's options and `--json` to a command that prints a table: programs read the answer itself. */
export const withListOptions = (command: Command): Command =>
  withClientOptions(command).option('--json', 'print the API’s answer in place of a table')

/** As `withListOptions`, for a table with times. */
export const withTimedListOptions = (command: Command): Command =>
  withListOptions(command).option('--time-zone <ZONE>', 'zone of the table’s times (default the account’s)')

/** Opens the client for these options. */
export async function clientOf(flags: Partial<ClientFlags>, environment: NodeJS.ProcessEnv): Promise<Client> {
  const { dataDir } = parseConfig({ dataDir: flags.dataDir }, { FLUXPORT_DATA_DIR: environment['FLUXPORT_DATA_DIR'] })
  return await openClient({ ...flags, dataDir }, environment)
}
