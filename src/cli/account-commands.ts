import type { Command } from 'commander'
import { compressions, formats } from '../statistics/format-names.ts'
import { languages } from '../statistics/languages.ts'
import { serviceAreas } from '../statistics/service-areas.ts'
import type { ClientFlags } from './client.ts'
import { clientOf, withClientOptions, withListOptions, withTimedListOptions } from './client-options.ts'
import { lockCommands } from './security-commands.ts'

const domainsModule = () => import('./domains.ts')
const accountsModule = () => import('./accounts.ts')

/** Adds `accounts` and `domains`. */
export function accountCommands(program: Command, environment: NodeJS.ProcessEnv) {
  const client = (flags: Partial<ClientFlags>) => clientOf(flags, environment)
  const accounts = program.command('accounts').description('Accounts, their limits and defaults')
  withTimedListOptions(accounts.command('list', { isDefault: true }).description('List every account')).action(
    async (flags) => (await accountsModule()).listAccounts(await client(flags), flags),
  )
  withClientOptions(
    accounts
      .command('show')
      .argument('[ID]', 'without it: the account of your key, and the defaults of its exports')
      .description('Show an account and its own settings, as JSON'),
  ).action(async (id, flags) => (await accountsModule()).showAccount(await client(flags), id))
  withClientOptions(
    accounts.command('create').argument('<NAME>').description('Create an account, and print its id'),
  ).action(async (name, flags) => (await accountsModule()).createAccount(await client(flags), name))
  withClientOptions(
    accounts
      .command('set')
      .argument('<ID>')
      .description('Set the named limits and defaults of an account, and leave its others as they are'),
  )
    .option('--tasks-waiting-max <N>', 'at most this many tasks wait')
    .option('--tasks-running-max <N>', 'at most this many tasks are worked on at once')
    .option('--stored-bytes-max <N>', 'the account’s files have at most this many bytes')
    .option('--rows-max <N>', 'a file has at most this many rows')
    .option('--commit-traffic-bytes <N>', 'the account’s commit of a month: bytes of billed traffic')
    .option('--commit-bandwidth-bps <N>', 'the account’s commit of a month: percentile bandwidth, bit/s')
    .option('--default-format <NAME>', `format of creates that name none: ${formats.join(', ')}`)
    .option('--default-compression <NAME>', `compression of creates that name none: ${compressions.join(', ')}`)
    .option('--default-service-area <AREA>', `area of commands that name none: ${serviceAreas.join(', ')}`)
    .option('--default-language <CODE>', `language of commands that name none: ${languages.join(', ')}`)
    .option('--default-time-zone <ZONE>', 'zone of commands that name none: Europe/Berlin')
    .option('--default-csv-delimiter <SIGN>', 'between the cells of CSV files of commands: , ; or tab')
    .option('--default-csv-decimal <SIGN>', 'decimal sign in CSV files of commands: . or ,')
    .option('--default-csv-bom <BOOLEAN>', 'true: CSV files of commands begin with a byte order mark')
    .option('--unset <NAME...>', 'return these to the server’s settings: rows-max, default-format, …')
    .action(async (id, flags) => (await accountsModule()).setAccount(await client(flags), id, flags))
  lockCommands(accounts, environment)
  domainCommands(program, client)
}

type OpenClient = (flags: Partial<ClientFlags>) => ReturnType<typeof clientOf>

function domainCommands(program: Command, client: OpenClient) {
  const domains = program.command('domains').description('Domains and who owns them')
  withListOptions(domains.command('list', { isDefault: true }).description('List every domain and its owner')).action(
    async (flags) => (await domainsModule()).listDomains(await client(flags), flags),
  )
  withClientOptions(
    domains.command('assign').argument('<DOMAIN>').argument('<ACCOUNT_ID>').description('Give a domain to an account'),
  )
    .option('--with-history', 'the account sees requests that counted before, even those of another customer’s time')
    .option('--without-history', 'the account sees only what comes to count from now on')
    .option('--new', 'register a domain that no log has named yet')
    .action(async (name, account, flags) =>
      (await domainsModule()).claimDomain(await client(flags), name, account, flags),
    )
  withClientOptions(
    domains
      .command('release')
      .argument('<DOMAIN>')
      .description('Take a domain back: it belongs to the first account again; one without traffic is removed'),
  ).action(async (name, flags) => (await domainsModule()).releaseDomain(await client(flags), name))
}
