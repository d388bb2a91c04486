import { type Command, Option } from 'commander'
import { type Config, parseConfig } from '../config/config.ts'
import type { ClientFlags } from './client.ts'
import { clientOf, withClientOptions } from './client-options.ts'

const keysModule = () => import('./keys.ts')
const offlineModule = () => import('./offline-keys.ts')

/** `fluxport keys`, `webhook-secret` and `audit`, and the locks of `accounts`. */
export function securityCommands(program: Command, environment: NodeJS.ProcessEnv, configOf: ConfigOf): void {
  const client = (flags: Partial<ClientFlags>) => clientOf(flags, environment)
  keyCommands(program, client, environment, configOf)
  secretCommands(program, client)
  auditCommands(program, client)
}

/** The settings of a command that changes the data directory itself, as its server's user. */
type ConfigOf = (flags: Record<string, unknown>) => Promise<Config>

type OpenClient = (flags: Partial<ClientFlags>) => ReturnType<typeof clientOf>

function keyCommands(program: Command, client: OpenClient, environment: NodeJS.ProcessEnv, configOf: ConfigOf) {
  const keys = program.command('keys').description('Access keys')
  withClientOptions(
    keys
      .command('list', { isDefault: true })
      .description('without secrets: when each was made, last used, and expires'),
  ).action(async (flags) => (await keysModule()).listKeys(await client(flags)))
  const create = withClientOptions(keys.command('create').description('its secret is shown once'))
    .requiredOption('--role <ROLE>', 'operator, account or ingest')
    .option('--account <ID>', 'default: your own; with --offline the first account')
    .option('--source <NAME>', 'ingest keys: the source of what they push')
    .option('--domains <NAMES>', 'ingest keys: the domains they may push')
    .option('--expires <WHEN>', '90d from now, or 2027-01-01T00:00:00Z; default: never')
    .option('--description <TEXT>', 'for people')
    .option('--offline', 'on the data directory or database itself, where no key is left; stop its server first')
  withDatabaseOptions(create).action(async (flags) => {
    if (!flags.offline) return await (await keysModule()).createKey(await client(flags), flags)
    await (await offlineModule()).createKeyOffline(await configOf(flags), flags)
  })
  withClientOptions(
    keys
      .command('rotate')
      .argument('<ACCESS_KEY>')
      .description('make a key that takes its place, and end it after an overlap; any key may rotate itself'),
  )
    .option('--overlap-seconds <N>', 'how long both are good (default 86400); 0: the old one ends now')
    .option('--expires <WHEN>', 'operators: as of create; default: after as long as the old one was made for')
    .action(async (key, flags) => {
      const { dataDir } = parseConfig({ dataDir: flags.dataDir }, environment)
      await (await keysModule()).rotateKey(await client(flags), key, flags, dataDir)
    })
  withClientOptions(
    keys
      .command('revoke')
      .argument('<ACCESS_KEY>')
      .description('end its use and its links, at once, and those of the keys that took its place'),
  )
    .option('--keep-successors', 'end this key alone, as before the end of an overlap')
    .action(async (key, flags) => (await keysModule()).revokeKey(await client(flags), key, flags))
  withClientOptions(keys.command('rotate-links').description('end every download link; lists give new ones'))
    .option('--overlap-seconds <N>', 'how long old links are good still (default 0)')
    .action(async (flags) => (await keysModule()).rotateLinks(await client(flags), flags))
  resealCommand(keys, environment, configOf)
}

/** Where the database and the key to its secrets are, as `serve` has them. */
const withDatabaseOptions = (command: Command): Command =>
  withRootOption(command, 'with --offline, ')
    .option('--database-url <URL>', 'with --offline: a PostgreSQL database [FLUXPORT_DATABASE_URL]')
    .option('--master-key <KEY>', 'with --offline: if it is not in the data directory [FLUXPORT_MASTER_KEY]')

/** As of the commands with all of the server's options: the flag alone says yes. */
const withRootOption = (command: Command, when: string): Command =>
  command.addOption(
    new Option('--allow-root [YES]', `${when}yes: run as root all the same [FLUXPORT_ALLOW_ROOT]`).preset('yes'),
  )

function resealCommand(keys: Command, environment: NodeJS.ProcessEnv, configOf: ConfigOf) {
  const description = 'seal everything under another master key; stop every server of the database first'
  withRootOption(keys.command('reseal').description(description), '')
    .option('--data-dir <DIR>', 'of the server [FLUXPORT_DATA_DIR] (default ./fluxport-data)')
    .option('--database-url <URL>', 'a PostgreSQL database [FLUXPORT_DATABASE_URL]')
    .option('--master-key <KEY>', 'the one of now, if it is not in the data directory [FLUXPORT_MASTER_KEY]')
    .option(
      '--new-master-key <KEY>',
      'base64 of 32 bytes; rather in the variable, which no list of processes shows [FLUXPORT_NEW_MASTER_KEY]. ' +
        'Without: a random one, where master.key is in the data directory',
    )
    .action(async (flags) => {
      const newKey = flags.newMasterKey ?? environment['FLUXPORT_NEW_MASTER_KEY'] ?? null
      await (await offlineModule()).reseal(await configOf(flags), newKey)
    })
}

function secretCommands(program: Command, client: OpenClient) {
  const secret = program.command('webhook-secret').description('What an account’s webhooks are signed with')
  withClientOptions(
    secret.command('show', { isDefault: true }).description('the one of now, and the one before'),
  ).action(async (flags) => (await keysModule()).showWebhookSecret(await client(flags)))
  withClientOptions(secret.command('rotate').description('make another; posts are signed with both for an overlap'))
    .option('--overlap-seconds <N>', 'how long the old one signs as well (default 86400)')
    .action(async (flags) => (await keysModule()).rotateWebhookSecret(await client(flags), flags))
}

function auditCommands(program: Command, client: OpenClient) {
  const audit = program.command('audit').description('What operators and commands did, and what was refused')
  withClientOptions(audit.command('list', { isDefault: true }).description('the newest first'))
    .option('--from <TIME>', '2026-10-01T00:00:00Z, or unix ms')
    .option('--to <TIME>', 'exclusive')
    .option('--actor <KEY>', 'of this key')
    .option('--action <NAME>', 'access_key.created, claimDomain, …')
    .option('--limit <N>', 'events shown', '100')
    .option('--json', 'all of each, one a line')
    .action(async (flags) => (await import('./audit.ts')).listAudit(await client(flags), flags))
  withClientOptions(audit.command('verify').description('whether the log is as it was written')).action(
    async (flags) => {
      if (!(await (await import('./audit.ts')).verifyAudit(await client(flags)))) process.exitCode = 1
    },
  )
}

/** `fluxport accounts lock` and `unlock`. */
export function lockCommands(accounts: Command, environment: NodeJS.ProcessEnv): void {
  const lock = (word: 'lock' | 'unlock', description: string) =>
    withClientOptions(accounts.command(word).argument('<ID>').description(description)).action(async (id, flags) =>
      (await keysModule()).lockAccount(await clientOf(flags, environment), id, word),
    )
  lock('lock', 'end the use of all of its keys and links, at once; its tasks and webhooks wait')
  lock('unlock', 'make them good again; what waited goes on')
}
