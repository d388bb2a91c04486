import { type Command, Option } from 'commander'
import { type Config, parseConfig } from '../config/config.ts'
import type { ClientFlags } from './client.ts'
import { clientOf, withClientOptions, withTimedListOptions } from './client-options.ts'

const keysModule = () => import('./keys.ts')
const offlineModule = () => import('./offline-keys.ts')

/** `fluxport keys`, `webhook-secret` and `audit`, and the locks of `accounts`. */
export function securityCommands(program: Command, environment: NodeJS.ProcessEnv, configOf: ConfigOf): void {
  const client = (flags: Partial<ClientFlags>) => clientOf(flags, environment)
  keyCommands(program, client, environment, configOf)
  secretCommands(program, client)
  auditCommands(program, client)
}

/** Reads the settings of a command that changes the data directory itself, as its server's user. */
type ConfigOf = (flags: Record<string, unknown>) => Promise<Config>

type OpenClient = (flags: Partial<ClientFlags>) => ReturnType<typeof clientOf>

function keyCommands(program: Command, client: OpenClient, environment: NodeJS.ProcessEnv, configOf: ConfigOf) {
  const keys = program.command('keys').description('Access keys')
  withTimedListOptions(
    keys
      .command('list', { isDefault: true })
      .description('List keys without secrets: when each was made, last used, and expires'),
  ).action(async (flags) => (await keysModule()).listKeys(await client(flags), flags))
  const create = withClientOptions(keys.command('create').description('Create a key; its secret is shown once'))
    .requiredOption('--role <ROLE>', 'operator, account or ingest')
    .option('--account <ID>', 'whose key it is (default your key’s account; with --offline the first account)')
    .option('--source <NAME>', 'ingest keys: the source of pushed logs')
    .option('--domains <NAMES>', 'ingest keys: the domains that lines may name')
    .option('--expires <WHEN>', '90d from now, or 2027-01-01T00:00:00Z (default never)')
    .option('--description <TEXT>', 'a note for people')
    .option('--offline', 'create it in the data directory or database itself, if no key is left; stop the server first')
  withDatabaseOptions(create).action(async (flags) => {
    if (!flags.offline) return await (await keysModule()).createKey(await client(flags), flags)
    await (await offlineModule()).createKeyOffline(await configOf(flags), flags)
  })
  withClientOptions(
    keys
      .command('rotate')
      .argument('[ACCESS_KEY]', 'without it: the key that signs')
      .description('Create a key in place of this one, which ends after an overlap; any key may rotate itself'),
  )
    .option('--overlap-seconds <N>', 'how long both keys are good; 0: the old one ends now (default 86400)')
    .option('--expires <WHEN>', 'operators: end of the new key (default the lifetime of the old key)')
    .action(async (key, flags) => {
      const { dataDir } = parseConfig({ dataDir: flags.dataDir }, environment)
      await (await keysModule()).rotateKey(await client(flags), key, flags, dataDir)
    })
  withClientOptions(
    keys
      .command('revoke')
      .argument('<ACCESS_KEY>')
      .description('End a key and its links at once, and the keys that replaced it'),
  )
    .option('--keep-successors', 'end this key alone, for instance during an overlap')
    .action(async (key, flags) => (await keysModule()).revokeKey(await client(flags), key, flags))
  withClientOptions(keys.command('rotate-links').description('End every download link; lists give new ones'))
    .option('--overlap-seconds <N>', 'how long old links stay good (default 0)')
    .action(async (flags) => (await keysModule()).rotateLinks(await client(flags), flags))
  resealCommand(keys, environment, configOf)
}

/** Options for the database and the master key, as in `serve`. */
const withDatabaseOptions = (command: Command): Command =>
  withRootOption(command, 'with --offline, ')
    .option('--database-url <URL>', 'with --offline: a PostgreSQL database [FLUXPORT_DATABASE_URL]')
    .option('--master-key <KEY>', 'with --offline: if it is not in the data directory [FLUXPORT_MASTER_KEY]')

/** As for commands with all of the server's options: the flag alone means yes. */
const withRootOption = (command: Command, when: string): Command =>
  command.addOption(
    new Option('--allow-root [YES]', `${when}yes: run as root [FLUXPORT_ALLOW_ROOT] (default no)`).preset('yes'),
  )

function resealCommand(keys: Command, environment: NodeJS.ProcessEnv, configOf: ConfigOf) {
  const description = 'Seal every secret under another master key; stop every server of the database first'
  withRootOption(keys.command('reseal').description(description), '')
    .option('--data-dir <DIR>', 'the server’s data directory [FLUXPORT_DATA_DIR] (default ./fluxport-data)')
    .option('--database-url <URL>', 'a PostgreSQL database [FLUXPORT_DATABASE_URL]')
    .option('--master-key <KEY>', 'the present key, if it is not in the data directory [FLUXPORT_MASTER_KEY]')
    .option(
      '--new-master-key <KEY>',
      'base64 of 32 bytes; prefer the variable, which no list of processes shows [FLUXPORT_NEW_MASTER_KEY] ' +
        '(default random, if master.key is in the data directory)',
    )
    .action(async (flags) => {
      const newKey = flags.newMasterKey ?? environment['FLUXPORT_NEW_MASTER_KEY'] ?? null
      await (await offlineModule()).reseal(await configOf(flags), newKey)
    })
}

function secretCommands(program: Command, client: OpenClient) {
  const secret = program.command('webhook-secret').description('The secret that signs an account’s webhooks')
  withClientOptions(
    secret.command('show', { isDefault: true }).description('Show the present secret, and the one before it'),
  ).action(async (flags) => (await keysModule()).showWebhookSecret(await client(flags)))
  withClientOptions(secret.command('rotate').description('Replace the secret; both sign posts for an overlap'))
    .option('--overlap-seconds <N>', 'how long the old secret signs as well (default 86400)')
    .action(async (flags) => (await keysModule()).rotateWebhookSecret(await client(flags), flags))
}

function auditCommands(program: Command, client: OpenClient) {
  const audit = program.command('audit').description('Audit log: what operators and commands did, and what was refused')
  withClientOptions(audit.command('list', { isDefault: true }).description('List audit events, the newest first'))
    .option('--from <TIME>', 'events at or after this time: 2026-10-01T00:00:00Z, or unix ms')
    .option('--to <TIME>', 'events before this time')
    .option('--actor <KEY>', 'events of this key')
    .option('--action <NAME>', 'events of this action: access_key.created, claimDomain, …')
    .option('--limit <N>', 'show at most this many events', '100')
    .option('--time-zone <ZONE>', 'zone of the table’s times (default the account’s)')
    .option('--json', 'print each event whole, as JSON on one line')
    .action(async (flags) => (await import('./audit.ts')).listAudit(await client(flags), flags))
  withClientOptions(audit.command('verify').description('Check that no event was altered or removed')).action(
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
  lock('lock', 'End every key and link of an account at once; its tasks and webhooks wait')
  lock('unlock', 'Make the account’s keys and links good again; tasks and webhooks go on')
}
