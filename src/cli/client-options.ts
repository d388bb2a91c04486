import type { Command } from 'commander'
import { parseConfig } from '../config/config.ts'
import { type Client, type ClientFlags, openClient } from './client.ts'

/** Options by which a client's command finds its server and key. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--endpoint <URL>', 'The server [FLUXPORT_ENDPOINT; else the data directory’s]')
    .option('--access-key <AK>', '[FLUXPORT_AK, CLOUD_SDK_AK, HUAWEICLOUD_SDK_AK; else credentials.json]')
    .option('--secret-key <SK>', '[FLUXPORT_SK, CLOUD_SDK_SK, HUAWEICLOUD_SDK_SK; else credentials.json]')
    .option('--data-dir <DIR>', 'Whose credentials.json to use [FLUXPORT_DATA_DIR] (default ./fluxport-data)')
}

/** The client that these options name. */
export async function clientOf(flags: Partial<ClientFlags>, environment: NodeJS.ProcessEnv): Promise<Client> {
  const { dataDir } = parseConfig({ dataDir: flags.dataDir }, { FLUXPORT_DATA_DIR: environment['FLUXPORT_DATA_DIR'] })
  return await openClient({ ...flags, dataDir }, environment)
}
